import { afterAll, beforeAll, beforeEach } from "vitest";
import { type Browser, openBrowser } from "./browser.ts";
import { type OwnDemo, startDemo } from "./own-demo.ts";

/** A browser and a demo of one file of tests, and what its tests do with them. */
export interface OwnConsole {
  readonly browser: Browser;
  readonly demo: OwnDemo;
  panel(name: string): ReturnType<Browser["page"]["getByRole"]>;
  go(path: string): ReturnType<Browser["page"]["goto"]>;
}

/** Starts both before the tests of a suite and ends them after; complaints are those of one test. */
export function ownConsole(more: readonly string[] = []): OwnConsole {
  let browser: Browser | undefined;
  let demo: OwnDemo | undefined;
  beforeAll(async () => {
    demo = await startDemo(more);
    browser = await openBrowser();
  });
  beforeEach(() => {
    browser!.complaints.length = 0;
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.remove();
  });
  return {
    get browser() {
      return browser!;
    },
    get demo() {
      return demo!;
    },
    panel: (name) => browser!.page.getByRole("region", { name, exact: true }),
    go: (path) => browser!.page.goto(`${demo!.url}${path}`),
  };
}
