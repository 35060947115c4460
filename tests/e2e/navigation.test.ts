import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { absentBrowser, type Browser, demoUrl, openBrowser } from "./browser.ts";
import { consolePage, SOON } from "./console-page.ts";

const absent = absentBrowser();
/** Longer than the page waits between two rounds of queries, and than the pipeline between two samples. */
const A_ROUND_MS = 3000;

describe.skipIf(absent !== undefined)(`ways through the console${absent === undefined ? "" : ` (${absent})`}`, () => {
  let browser: Browser;
  const url = demoUrl();
  const { panel, talkers, records, open } = consolePage(() => browser, url);

  beforeAll(async () => {
    browser = await openBrowser();
  });
  beforeEach(() => {
    browser.complaints.length = 0;
  });
  afterAll(() => browser?.close());

  test("the menu leads to every view, by mouse and by keyboard, and keeps the state", async () => {
    const { page } = browser;
    await open("?from=now-5m&filter=Proto+%3D+tcp");
    const menu = page.getByRole("navigation", { name: "Views" });
    const current = () => menu.locator("[aria-current=page]").allInnerTexts();
    expect(await menu.getByRole("link").allInnerTexts()).toEqual([
      "Overview",
      "Explore",
      "Records",
      "Exporters",
      "Alerts",
      "Pipeline",
      "Graph",
      "Dry run",
      "Saved",
    ]);
    expect(await current()).toEqual(["Overview"]);
    expect(await page.title()).toBe("Overview – ngflow");

    await menu.getByRole("link", { name: "Records" }).click();
    await records().first().waitFor();
    expect(new URL(page.url()).pathname).toBe("/flows");
    expect(new URL(page.url()).search).toBe("?from=now-5m&filter=Proto+%3D+tcp");
    expect(await current()).toEqual(["Records"]);
    expect(await page.title()).toBe("Records – ngflow");
    expect(await talkers().count()).toBe(0);

    // A change of the state stays on the view, and the next view has it.
    await panel("Filter").getByRole("button", { name: "Remove Proto = tcp" }).click();
    await expect.poll(() => page.url(), SOON).toBe(`${url}/flows?from=now-5m`);
    await page.keyboard.press("Tab");
    await menu.getByRole("link", { name: "Records" }).focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await panel("Live graph").locator("svg .node").first().waitFor();
    expect(page.url()).toBe(`${url}/graph?from=now-5m`);
    expect(await page.title()).toBe("Graph – ngflow");

    await page.goBack();
    await page.goBack();
    await expect.poll(() => page.url(), SOON).toBe(`${url}/flows?from=now-5m&filter=Proto+%3D+tcp`);
    await page.goBack();
    await talkers().first().waitFor();
    expect(await current()).toEqual(["Overview"]);
    expect(await page.title()).toBe("Overview – ngflow");
    expect(browser.complaints).toEqual([]);
  });

  test("the address of a view can be opened and reloaded", async () => {
    const { page } = browser;
    const protocols = async () => new Set(await records().locator('[data-column="Proto"]').allInnerTexts());
    await page.goto(`${url}/flows?from=now-5m&filter=Proto+%3D+udp`);
    await expect.poll(protocols, SOON).toEqual(new Set(["UDP"]));
    await page.reload();
    await expect.poll(protocols, SOON).toEqual(new Set(["UDP"]));
    expect(page.url()).toBe(`${url}/flows?from=now-5m&filter=Proto+%3D+udp`);
    expect(await page.title()).toBe("Records – ngflow");

    await page.goto(`${url}/graph`);
    await panel("Live graph").getByRole("button", { name: "History", exact: true }).click();
    await panel("Live graph").getByRole("slider", { name: "Step" }).waitFor();

    await page.goto(`${url}/no/such/page`);
    await page.getByText("There is no page at /no/such/page.").waitFor();
    expect(await page.title()).toBe("Not found – ngflow");
    await page.getByRole("link", { name: "Overview" }).click();
    await talkers().first().waitFor();
    expect(browser.complaints).toEqual([]);
  });

  test("a view that is not shown makes no request", async () => {
    const { page } = browser;
    const menu = page.getByRole("navigation", { name: "Views" });
    let asked: string[] = [];
    const note = (request: { url(): string }): void => {
      const { pathname, searchParams } = new URL(request.url());
      if (!pathname.startsWith("/api/v1/")) return;
      asked.push(pathname.slice("/api/v1".length) + (searchParams.has("by") ? ` by ${searchParams.get("by")}` : ""));
    };
    /**
     * What is asked during a few rounds, without what is asked once a page, once a value (the names of hosts), or now
     * and then (what fires).
     */
    const during = async (path: string | null) => {
      asked = [];
      // What is asked in each round, twice: a whole round is between them.
      if (path === null) await page.waitForTimeout(A_ROUND_MS);
      else await expect.poll(() => asked.filter((one) => one === path).length, { timeout: 30_000 }).toBeGreaterThan(1);
      return seen();
    };
    const seen = () =>
      [...new Set(asked)].filter((path) => !["/query", "/names/of", "/alerts", "/saved"].includes(path)).sort();
    await open("?from=now-5m");
    page.on("request", note);
    try {
      await during("/flows");
      await expect
        .poll(seen, SOON)
        .toEqual([
          "/alerts/history",
          "/flows",
          "/query by App",
          "/query by Direction",
          "/query by ExporterAddr",
          "/query by ExporterAddr,InIf",
          "/query by Proto",
          "/query by SrcAddr",
          "/query by SrcAddr,DstAddr",
        ]);
      await expect.poll(() => asked.filter((path) => path === "/flows").length, SOON).toBeGreaterThan(1);

      await menu.getByRole("link", { name: "Records" }).click();
      await records().first().waitFor();
      expect(await during("/flows")).toEqual(["/flows"]);
      expect(asked).not.toContain("/query");

      await menu.getByRole("link", { name: "Exporters" }).click();
      await panel("Exporters").locator("tbody tr").first().waitFor();
      expect(await during("/exporters")).toEqual(["/exporters"]);

      await menu.getByRole("link", { name: "Graph" }).click();
      await panel("Live graph").locator("svg .node").first().waitFor();
      await during(null);
      expect(asked).toEqual([]);
    } finally {
      page.off("request", note);
    }
  });

  test("the range: presets, typed words, back and forward, longer, and the zone", async () => {
    const { page } = browser;
    await open();
    const picker = page.getByRole("group", { name: "Time range" });
    const chosen = picker.locator(".chosen");
    const inUrl = (name: string) => new URL(page.url()).searchParams.get(name);
    expect(await chosen.innerText()).toContain("Last 15 min");
    await chosen.click();
    await picker.getByRole("button", { name: "1 h", exact: true }).click();
    expect(inUrl("from")).toBe("now-1h");
    await picker.getByRole("button", { name: "Twice as long" }).click();
    expect(inUrl("from")).toBe("now-2h");
    await picker.getByRole("button", { name: "Earlier" }).click();
    const hours = (Date.parse(inUrl("to")!) - Date.parse(inUrl("from")!)) / 3_600_000;
    expect(hours).toBe(2);
    await expect.poll(() => page.getByText("No flows are stored").innerText(), SOON).toMatch(/\d{4}-\d\d-\d\d/);
    await page.goBack();
    expect(inUrl("from")).toBe("now-2h");

    await chosen.click();
    const typed = page.getByLabel("Type a range");
    await typed.fill("soon");
    await typed.press("Enter");
    await expect.poll(() => picker.getByRole("status").innerText(), SOON).toContain("Not a range");
    await typed.fill("yesterday 9:00-17:00");
    expect(await picker.getByRole("status").innerText()).toMatch(/^\d{4}-\d\d-\d\d 09:00 – 17:00$/);
    await typed.press("Enter");
    expect(Date.parse(inUrl("to")!) - Date.parse(inUrl("from")!)).toBe(8 * 3_600_000);
    expect(await chosen.innerText()).toContain("09:00 – 17:00");
    await chosen.click();
    await page.getByLabel("Times in").selectOption("utc");
    await page.keyboard.press("Escape");
    expect(await page.getByLabel("Type a range").count()).toBe(0);
    await page.evaluate("localStorage.clear()");
  });
});
