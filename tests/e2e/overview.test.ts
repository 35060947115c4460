import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { absentBrowser, type Browser, demoUrl, openBrowser } from "./browser.ts";
import { consolePage, SOON } from "./console-page.ts";

const absent = absentBrowser();

describe.skipIf(absent !== undefined)(`first page of the console${absent === undefined ? "" : ` (${absent})`}`, () => {
  let browser: Browser;
  const url = demoUrl();
  const { panel, talkers, records, filterInUrl, open, unfold, pipeline } = consolePage(() => browser, url);

  beforeAll(async () => {
    browser = await openBrowser();
  });
  beforeEach(() => {
    browser.complaints.length = 0;
  });
  afterAll(() => browser?.close());

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
