import { type BrowserContext, chromium, type Page } from "playwright-core";
import { inject } from "vitest";

export { absentBrowser } from "./chromium.ts";

/** Address of the demo that the files share; a test that changes it puts it back. Empty without a browser. */
export function demoUrl(): string {
  return inject("demoUrl");
}

/** A profile of the shared browser, and the warnings and errors of its pages. */
export interface Browser {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Warnings and errors of the console, uncaught exceptions, requests without an answer. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export async function openBrowser(): Promise<Browser> {
  const connected = await chromium.connect(inject("browserEndpoint"));
  const context = await connected.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["warning", "error"].includes(message.type())) {
      const { url } = message.location();
      complaints.push(`${message.type()}: ${message.text()}${url === "" ? "" : ` (${url})`}`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.setDefaultTimeout(15_000);
  return {
    context,
    page,
    complaints,
    async close() {
      await context.close();
      await connected.close();
    },
  };
}

/** Shows another address of a console that is loaded: as a link of the page does, without loading it again. */
export async function follow(page: Page, path: string): Promise<void> {
  await page.evaluate(
    `history.pushState(null, "", ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent("popstate"))`,
  );
}
