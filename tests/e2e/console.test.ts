import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Background, NGFLOW } from "../support/command.ts";
import { absentBrowser, type Browser, openBrowser } from "./browser.ts";
import { freeTcpPort } from "../support/tcp-port.ts";

const absent = absentBrowser();
/** Where the screenshots of the last run are kept for people to look at. */
const SCREENSHOTS = fileURLToPath(new URL("output/screenshots/", import.meta.url));
/** Longer than the page waits between two rounds of queries, and than the pipeline between two samples. */
const A_FEW_ROUNDS_MS = 6000;

/** For what holds at some moment of the next 15 s. */
const SOON = { timeout: 15_000 };

describe.skipIf(absent !== undefined)(`console in a browser${absent === undefined ? "" : ` (${absent})`}`, () => {
  let data = "";
  let demo: Background;
  let browser: Browser;
  let url: string;

  const panel = (name: string) => browser.page.getByRole("region", { name, exact: true });
  const talkers = () => panel("Top talkers").locator("tbody tr:not(.others)");
  const records = () => panel("Flow records").locator("tbody tr");
  const filterInUrl = () => new URL(browser.page.url()).searchParams.get("filter") ?? "";
  const open = async (query = "") => {
    await browser.page.goto(`${url}/${query}`);
    await talkers().first().waitFor();
  };
  /** The strip of the pipeline is one line while nothing is missing. */
  const unfold = () =>
    panel("Pipeline")
      .getByRole("button", { name: /^Details/ })
      .click();
  const pipeline = async () => {
    const response = await fetch(`${url}/api/v1/pipeline`);
    return (await response.json()) as Record<string, number>;
  };

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "ngflow-e2e-"));
    mkdirSync(SCREENSHOTS, { recursive: true });
    const http = `127.0.0.1:${await freeTcpPort()}`;
    url = `http://${http}`;
    demo = new Background([
      ...NGFLOW,
      "demo",
      "--no-story",
      "--seed",
      "7",
      "--http",
      http,
      "--data",
      data,
      "--control",
      join(data, "control.sock"),
    ]);
    await demo.until(
      "rows in the store",
      async () => ((await pipeline().catch(() => null))?.["rowsStored"] ?? 0) > 500,
      60_000,
    );
    browser = await openBrowser();
  });

  beforeEach(() => {
    browser.complaints.length = 0;
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  test("shows the traffic, the talkers, the records, the pipeline and the graph", async () => {
    await open();
    const { page } = browser;
    const groups = panel("Traffic over time").getByRole("list", { name: "Groups" }).getByRole("listitem");
    await expect
      .poll(() => groups.allInnerTexts(), SOON)
      .toEqual(expect.arrayContaining([expect.stringMatching(/^TCP\nIn\n.*bit\/s\nOut\n.*bit\/s/)]));
    expect(await canvasColours(page)).toBeGreaterThan(3);
    await expect.poll(() => records().count(), SOON).toBeGreaterThan(20);

    const graph = panel("Live graph");
    const types = graph.locator("svg .node .type");
    await expect
      .poll(() => types.allTextContents(), SOON)
      .toEqual(expect.arrayContaining(["ether", "netflow", "ksocket"]));
    expect(await graph.locator("svg .hook-name").allTextContents()).toEqual(
      expect.arrayContaining(["lower", "upper", "iface0", "out0", "export9", "inet/dgram/udp"]),
    );
    await expect.poll(() => graph.locator("svg .link text").first().textContent(), SOON).toMatch(/pkt\/s · .*bit\/s/);

    await unfold();
    const before = await pipeline();
    const stored = panel("Pipeline").getByRole("button", { name: /^Rows stored/ });
    const title = await stored.getAttribute("title");
    const after = await pipeline();
    const shown = Number(title!.split(" ")[0]!.replaceAll(",", ""));
    // The strip is at most a sample behind what the API says.
    expect(shown).toBeGreaterThan(0);
    expect(shown).toBeLessThanOrEqual(after["rowsStored"]!);
    expect(shown).toBeGreaterThan(before["rowsStored"]! * 0.5);
    expect(browser.complaints).toEqual([]);
  });

  test("the hops of a stage open under the strip", async () => {
    await open();
    expect(await panel("Pipeline").innerText()).toContain("Nothing is missing");
    await unfold();
    await panel("Pipeline")
      .getByRole("button", { name: /^Accounted/ })
      .click();
    const detail = panel("Pipeline").locator("#hop-detail");
    await expect.poll(() => detail.innerText(), SOON).toMatch(/netflow[\s\S]*packetsAccounted\n[\d,]+/);
  });

  test("a click on a talker narrows everything, and back undoes it", async () => {
    const { page } = browser;
    await open();
    const [source, destination] = (await talkers().first().locator("td").allInnerTexts()).map((text) => text.trim());
    await talkers().first().click();
    await expect.poll(filterInUrl, SOON).toBe(`SrcAddr = ${source} and DstAddr = ${destination}`);
    await expect.poll(() => talkers().count(), SOON).toBe(1);
    const chips = panel("Filter").getByRole("list").getByRole("listitem").locator("span");
    expect(await chips.allInnerTexts()).toEqual([`SrcAddr = ${source}`, `DstAddr = ${destination}`]);
    expect(await page.getByLabel("Filter", { exact: true }).and(page.locator("input")).inputValue()).toBe(
      filterInUrl(),
    );
    await expect
      .poll(async () => new Set(await records().locator('[data-column="SrcAddr"]').allInnerTexts()), SOON)
      .toEqual(new Set([source]));

    await panel("Filter")
      .getByRole("button", { name: `Remove DstAddr = ${destination}` })
      .click();
    await expect.poll(filterInUrl, SOON).toBe(`SrcAddr = ${source}`);
    await page.goBack();
    await page.goBack();
    await expect.poll(filterInUrl, SOON).toBe("");
    await expect.poll(() => talkers().count(), SOON).toBeGreaterThan(1);
    expect(browser.complaints).toEqual([]);
  });

  test("a click on an area and on a group of the chart narrows too", async () => {
    await open("?by=DstPort");
    const group = panel("Traffic over time").getByRole("list", { name: "Groups" }).getByRole("button").first();
    await group.click();
    await expect.poll(filterInUrl, SOON).toMatch(/^DstPort = \d+$/);

    await open("?from=now-5m");
    const box = (await browser.page.locator(".canvas canvas").boundingBox())!;
    const x = box.width - 40;
    await browser.page.mouse.click(box.x + x, box.y + (await middleOfArea(browser.page, x)));
    await expect.poll(filterInUrl, SOON).toMatch(/^Proto = \w+$/);
  });

  test("live updates never touch what is being typed", async () => {
    await open();
    const input = browser.page.locator("#filter");
    const before = await records().first().innerText();
    await input.click();
    await input.pressSequentially("Proto = ud");
    await browser.page.waitForTimeout(A_FEW_ROUNDS_MS);
    expect(await records().first().innerText()).not.toBe(before);
    expect(await input.inputValue()).toBe("Proto = ud");
    expect(await input.evaluate("this === document.activeElement || document.activeElement.id === 'filter'")).toBe(
      true,
    );
    await input.pressSequentially("p");
    await input.press("Enter");
    await expect.poll(filterInUrl, SOON).toBe("Proto = udp");
    await expect
      .poll(async () => new Set(await records().locator('[data-column="Proto"]').allInnerTexts()), SOON)
      .toEqual(new Set(["UDP"]));
  });

  test("a filter that does not parse shows where, and the error goes when it is corrected", async () => {
    await open();
    const input = browser.page.locator("#filter");
    await input.fill("Proto = tcp and Nothing = 1");
    await input.press("Enter");
    const alert = browser.page.getByRole("alert");
    await expect.poll(() => alert.innerText(), SOON).toContain("unknown column");
    expect(await panel("Filter").locator(".colours .bad").innerText()).toBe("Nothing");
    // Read by the page itself: the server is not asked what is known to be wrong.
    expect(browser.complaints).toEqual([]);
    await input.fill("Proto = tcp");
    await input.press("Enter");
    await alert.waitFor({ state: "detached" });
  });

  test("a filter with an error is not applied: the last valid one stays, is named, and stays live", async () => {
    const { page } = browser;
    await open("?filter=Proto+%3D+tcp");
    const input = page.locator("#filter");
    await input.fill("Proto = tcp and dst port htpp");
    await input.press("Enter");
    const alert = page.getByRole("alert");
    await expect.poll(() => alert.innerText(), SOON).toContain("What is shown is Proto = tcp");
    const chips = panel("Filter").getByRole("list").getByRole("listitem").locator("span");
    expect(await chips.allInnerTexts()).toEqual(["Proto = tcp"]);
    const protocols = async () => new Set(await records().locator('[data-column="Proto"]').allInnerTexts());
    const newest = await records().first().innerText();
    await expect.poll(() => records().first().innerText(), SOON).not.toBe(newest);
    expect(await protocols()).toEqual(new Set(["TCP"]));
    // Opened with the error there is no last one: everything is shown, and the page says so.
    await page.reload();
    await expect.poll(() => alert.innerText(), SOON).toContain("What is shown is all traffic");
    expect(await chips.count()).toBe(0);
    await expect.poll(async () => (await protocols()).size, SOON).toBeGreaterThan(1);
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

  test("every example of the filter help is a filter", async () => {
    await open();
    const { page } = browser;
    const more = page.getByRole("button", { name: "Examples, history and saved filters" });
    await more.click();
    await page.locator("#filter-help dt button").first().waitFor();
    const examples = await page.locator("#filter-help dt button").allInnerTexts();
    expect(examples.length).toBeGreaterThan(3);
    for (const example of examples) {
      await page.locator("#filter-help dt").getByText(example, { exact: true }).click();
      await page.locator("#filter").press("Enter");
      await expect.poll(filterInUrl, SOON).toBe(example);
      expect(await page.getByRole("alert").count()).toBe(0);
      await more.click();
    }
    expect(browser.complaints).toEqual([]);
  });

  test("a filter that matches nothing says so, and can be cleared", async () => {
    await browser.page.goto(`${url}/?filter=Proto+%3D+ospf`);
    await browser.page.getByText("No flows match the filter").waitFor();
    await browser.page.getByRole("button", { name: "Clear the filter" }).click();
    await expect.poll(() => talkers().count(), SOON).toBeGreaterThan(0);
    expect(filterInUrl()).toBe("");
  });

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
    const during = async () => {
      asked = [];
      await page.waitForTimeout(A_FEW_ROUNDS_MS);
      return [...new Set(asked)].filter((path) => !["/query", "/names/of", "/alerts"].includes(path)).sort();
    };
    await open("?from=now-5m");
    page.on("request", note);
    try {
      expect(await during()).toEqual([
        "/alerts/history",
        "/flows",
        "/query by Direction",
        "/query by ExporterAddr",
        "/query by ExporterAddr,InIf",
        "/query by Proto",
        "/query by ServicePort",
        "/query by SrcAddr",
        "/query by SrcAddr,DstAddr",
      ]);
      await expect.poll(() => asked.filter((path) => path === "/flows").length, SOON).toBeGreaterThan(1);

      await menu.getByRole("link", { name: "Records" }).click();
      await records().first().waitFor();
      expect(await during()).toEqual(["/flows"]);
      expect(asked).not.toContain("/query");

      await menu.getByRole("link", { name: "Exporters" }).click();
      await panel("Exporters").locator("tbody tr").first().waitFor();
      expect(await during()).toEqual(["/exporters"]);

      await menu.getByRole("link", { name: "Graph" }).click();
      await panel("Live graph").locator("svg .node").first().waitFor();
      await during();
      expect(asked).toEqual([]);
    } finally {
      page.off("request", note);
    }
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

  test("nothing changes while paused, and live updates continue afterwards", async () => {
    await open();
    await unfold();
    const seen = () =>
      panel("Pipeline")
        .getByRole("button", { name: /^Packets seen/ })
        .getAttribute("title");
    await browser.page.getByRole("button", { name: "Live" }).click();
    await browser.page.getByRole("button", { name: "Paused" }).waitFor();
    const still = await seen();
    await browser.page.waitForTimeout(2500);
    expect(await seen()).toBe(still);
    await browser.page.getByRole("button", { name: "Paused" }).click();
    await expect.poll(seen, SOON).not.toBe(still);
  });

  test("everything can be reached by keyboard", async () => {
    await open();
    const reached = new Set<string>();
    for (let i = 0; i < 80; i++) {
      await browser.page.keyboard.press("Tab");
      reached.add(
        String(
          await browser.page.evaluate(`(() => {
        const e = document.activeElement;
        return e.getAttribute("aria-label") || e.id || e.textContent.trim();
      })()`),
        ),
      );
    }
    for (const name of [
      "Earlier",
      "Skip to the content",
      "Language",
      "Dimension of the chart",
      "filter",
      "Records",
      "First dimension",
      "Drawing of the graph",
    ]) {
      expect([...reached]).toContain(name);
    }
  });

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
          await page.goto(`${url}/${name}`);
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

  test("when the server stops, the page says so and keeps its data", async () => {
    await open();
    await demo.stop();
    await browser.page.getByRole("button", { name: "Reconnecting" }).waitFor();
    await expect
      .poll(() => browser.page.getByRole("status").innerText(), SOON)
      .toContain("does not answer. What is shown was answered");
    expect(await talkers().count()).toBeGreaterThan(0);
  });
});

/** How many clearly different colours the traffic chart's canvas holds. */
async function canvasColours(page: Browser["page"]): Promise<number> {
  await expect.poll(() => page.locator(".canvas canvas").count(), SOON).toBe(1);
  return Number(
    await page.evaluate(`(() => {
      const canvas = document.querySelector(".canvas canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) seen.add((data[i] >> 5) * 64 + (data[i + 1] >> 5) * 8 + (data[i + 2] >> 5));
      return seen.size;
    })()`),
  );
}

/** The middle of the highest area of one colour in a column of the traffic chart, in pixels of the page. */
async function middleOfArea(page: Browser["page"], x: number): Promise<number> {
  return Number(
    await page.evaluate(`(() => {
      const canvas = document.querySelector(".canvas canvas");
      const ratio = canvas.width / canvas.clientWidth;
      const { data } = canvas.getContext("2d").getImageData(Math.round(${x} * ratio), 0, 1, canvas.height);
      let best = { length: 0, middle: 0 };
      let from = 0;
      const isSame = (a, b) => [0, 1, 2, 3].every((i) => Math.abs(data[4 * a + i] - data[4 * b + i]) < 3);
      const isGrey = (y) => Math.max(data[4 * y], data[4 * y + 1], data[4 * y + 2]) - Math.min(data[4 * y], data[4 * y + 1], data[4 * y + 2]) < 30;
      for (let y = 1; y <= canvas.height; y++) {
        if (y < canvas.height && isSame(from, y)) continue;
        if (!isGrey(from) && data[4 * from + 3] > 100 && y - from > best.length) best = { length: y - from, middle: (from + y) / 2 };
        from = y;
      }
      return best.middle / ratio;
    })()`),
  );
}
