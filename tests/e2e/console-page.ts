import type { Browser } from "./browser.ts";

/** For what holds at some moment of the next 15 s. */
export const SOON = { timeout: 15_000 };

/** What tests of the console find on a page, and how they open the first one. */
export function consolePage(browser: () => Browser, url: string) {
  const panel = (name: string) => browser().page.getByRole("region", { name, exact: true });
  const talkers = () => panel("Top talkers").locator("tbody tr:not(.others)");
  return {
    panel,
    talkers,
    records: () => panel("Flow records").locator("tbody tr"),
    filterInUrl: () => new URL(browser().page.url()).searchParams.get("filter") ?? "",
    open: async (query = "") => {
      await browser().page.goto(`${url}/${query}`);
      await talkers().first().waitFor();
    },
    /** The strip of the pipeline is one line while nothing is missing. */
    unfold: () =>
      panel("Pipeline")
        .getByRole("button", { name: /^Details/ })
        .click(),
    pipeline: async () => (await (await fetch(`${url}/api/v1/pipeline`)).json()) as Record<string, number>,
  };
}
