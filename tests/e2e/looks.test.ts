import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { absentBrowser, type Browser, demoUrl, follow, openBrowser } from "./browser.ts";
import { consolePage, SOON } from "./console-page.ts";

const absent = absentBrowser();
/** Where the screenshots of the last run are kept for people to look at. */
const SCREENSHOTS = fileURLToPath(new URL("output/screenshots/", import.meta.url));

describe.skipIf(absent !== undefined)(`looks of the console${absent === undefined ? "" : ` (${absent})`}`, () => {
  let browser: Browser;
  const url = demoUrl();
  const { panel, talkers, records, open } = consolePage(() => browser, url);

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await openBrowser();
  });
  beforeEach(() => {
    browser.complaints.length = 0;
  });
  afterAll(() => browser?.close());

  test("light and dark, wide and narrow: nothing overflows, the browser logs nothing", async () => {
    const { page } = browser;
    for (const scheme of ["light", "dark"] as const) {
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: width > 500 ? 900 : 844 });
        await page.emulateMedia({ colorScheme: scheme });
        await open();
        await panel("Live graph").locator("svg .link:not(.idle)").first().waitFor();
        expect(await page.evaluate("document.documentElement.dataset.theme")).toBe(scheme);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
        // The traffic is seen without scrolling, on a phone too.
        const chart = (await page.locator(".canvas canvas").boundingBox())!;
        expect(chart.y + chart.height / 2).toBeLessThan(844);
        await page.screenshot({ path: `${SCREENSHOTS}${scheme}-${width}.png`, fullPage: true });
        for (const [name, ready] of [
          ["flows", () => records().first().waitFor()],
          ["exporters", () => panel("Exporters").getByRole("button").first().click()],
          ["graph", () => panel("Live graph").locator("svg .link:not(.idle)").first().waitFor()],
        ] as const) {
          await follow(page, `/${name}`);
          await ready();
          expect(await page.evaluate("document.documentElement.scrollWidth"), name).toBe(width);
          await page.screenshot({ path: `${SCREENSHOTS}${name}-${scheme}-${width}.png` });
        }
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
    expect(browser.complaints).toEqual([]);
  });

  test("the theme can be chosen, and is kept", async () => {
    const { page } = browser;
    await open();
    const theme = () => page.evaluate("document.documentElement.dataset.theme");
    expect(await theme()).toBe("light");
    await page.getByRole("button", { name: "Switch to the dark theme" }).click();
    await expect.poll(theme, SOON).toBe("dark");
    await page.reload();
    await talkers().first().waitFor();
    expect(await theme()).toBe("dark");
    await page.getByRole("button", { name: "Switch to the light theme" }).click();
  });

  test("Japanese by the browser's language and by choice", async () => {
    const { page } = browser;
    await open();
    expect(await page.evaluate("document.documentElement.lang")).toBe("en");
    await page.getByLabel("Language").selectOption("ja");
    await expect.poll(() => page.evaluate("document.documentElement.lang"), SOON).toBe("ja");
    await page.reload();
    await page.getByRole("navigation", { name: "ページ" }).waitFor();
    expect(await page.title()).toBe("概要 – ngflow");
    await page.getByLabel("言語").selectOption("en");
    await page.evaluate("localStorage.clear()");
  });

  test("the exporters, with the templates of each", async () => {
    await browser.page.goto(`${url}/exporters`);
    const table = panel("Exporters");
    const exporter = table.getByRole("button", { name: /^[▸▾]?127\.0\.0\.1:\d+$/ });
    await exporter.waitFor();
    const cells = await table.locator("tbody tr").first().locator("td").allInnerTexts();
    expect(cells[2]).toBe("NetFlow 9");
    expect(cells[10]).toMatch(/^[1-9]/);
    await exporter.click();
    expect(await exporter.getAttribute("aria-expanded")).toBe("true");
    await expect.poll(() => table.locator(".detail").innerText(), SOON).toMatch(/Template \d+ [\s\S]*octetDeltaCount/);
    await exporter.click();
    expect(await table.locator(".detail").count()).toBe(0);
    expect(browser.complaints).toEqual([]);
  });
});
