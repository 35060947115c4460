import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { absentBrowser, type Browser, demoUrl, openBrowser } from "./browser.ts";
import { consolePage, SOON } from "./console-page.ts";

const absent = absentBrowser();
/** Where the screenshots of the last run are kept for people to look at. */
const SCREENSHOTS = fileURLToPath(new URL("output/screenshots/", import.meta.url));

describe.skipIf(absent !== undefined)(`graph of the console${absent === undefined ? "" : ` (${absent})`}`, () => {
  let browser: Browser;
  const url = demoUrl();
  const { panel, open } = consolePage(() => browser, url);

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await openBrowser();
  });
  beforeEach(() => {
    browser.complaints.length = 0;
  });
  afterAll(() => browser?.close());

  test("the graph keeps its layout while its numbers change", async () => {
    await open();
    const places = () =>
      panel("Live graph").locator("svg .node").evaluateAll("nodes => nodes.map((n) => n.getAttribute('transform'))");
    const numbers = () => panel("Live graph").locator("svg .link title").allTextContents();
    await expect.poll(places, SOON).not.toEqual([]);
    const [place, number] = [await places(), await numbers()];
    await expect.poll(numbers, SOON).not.toEqual(number);
    expect(await places()).toEqual(place);
  });

  test("the graph's history: back and forth through the steps, and back to live", async () => {
    await open();
    const { page } = browser;
    const graph = panel("Live graph");
    const types = () => graph.locator("svg .node .type").allTextContents();
    await expect.poll(async () => (await types()).sort(), SOON).toEqual(["ether", "ksocket", "netflow"]);
    await graph.getByRole("button", { name: "History", exact: true }).click();
    const bar = graph.getByRole("group", { name: "History of the graph" });
    await expect.poll(() => bar.locator("code").innerText(), SOON).toMatch(/^msg |^name |^connect |^mkpeer /);
    const steps = Number(/of (\d+)/.exec(await bar.locator(".count").innerText())![1]);
    expect(steps).toBeGreaterThanOrEqual(5);

    await bar.getByRole("button", { name: "First step" }).click();
    expect(await bar.locator(".count").innerText()).toBe("Before the first step");
    await graph.getByText("The graph had no node.").waitFor();
    await bar.getByRole("slider", { name: "Step" }).focus();
    const commands: string[] = [];
    for (let i = 1; i <= steps; i++) {
      await page.keyboard.press("ArrowRight");
      expect(await bar.locator(".count").innerText()).toBe(`Step ${i} of ${steps}`);
      commands.push(await bar.locator("code").innerText());
    }
    expect(commands.slice(0, 2)).toEqual(["made demo0", "mkpeer demo0: netflow lower iface0"]);
    const shown = async () => (await types()).sort();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    await expect.poll(shown, SOON).toEqual(["ether"]);
    await page.keyboard.press("ArrowRight");
    await expect.poll(shown, SOON).toEqual(["ether", "netflow"]);
    expect(await graph.locator("svg .node.marked .type").allTextContents()).toEqual(["netflow"]);
    for (const scheme of ["light", "dark"] as const) {
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: width > 500 ? 900 : 844 });
        await page.emulateMedia({ colorScheme: scheme });
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
        await graph.screenshot({ path: `${SCREENSHOTS}history-${scheme}-${width}.png` });
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
    await bar.getByRole("button", { name: "Step back" }).focus();
    await page.keyboard.press("Escape");
    await bar.waitFor({ state: "detached" });
    await expect.poll(shown, SOON).toEqual(["ether", "ksocket", "netflow"]);
    expect(browser.complaints).toEqual([]);
  });
});
