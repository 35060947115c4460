import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { absentBrowser, type Browser, demoUrl, follow, openBrowser } from "./browser.ts";

const absent = absentBrowser();
const SCREENSHOTS = fileURLToPath(new URL("output/screenshots/", import.meta.url));
const SOON = { timeout: 15_000 };
const KINDS = ["stacked", "percent", "lines", "bars", "mirror", "grid", "heatmap", "sankey"];

describe.skipIf(absent !== undefined)(`explore in a browser${absent === undefined ? "" : ` (${absent})`}`, () => {
  let browser: Browser;
  let downloads = "";
  const url = demoUrl();

  const rows = () => browser.page.locator(".result tbody tr");
  const search = () => new URL(browser.page.url()).searchParams;
  const open = async (query = "") => {
    await browser.page.goto(`${url}/explore${query}`);
    await rows().first().waitFor();
  };

  beforeAll(async () => {
    downloads = mkdtempSync(join(tmpdir(), "ngflow-e2e-"));
    mkdirSync(SCREENSHOTS, { recursive: true });
    const stored = async () =>
      ((await (await fetch(`${url}/api/v1/pipeline`)).json()) as { rowsStored: number | null }).rowsStored ?? 0;
    for (const until = Date.now() + 90_000; (await stored()) <= 3000 && Date.now() < until;)
      await new Promise((resolve) => setTimeout(resolve, 500));
    browser = await openBrowser();
  });
  beforeEach(() => {
    browser.complaints.length = 0;
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(downloads, { recursive: true, force: true });
  });

  test("every chart, in light and dark, English and Japanese, wide and narrow", async () => {
    const { page } = browser;
    for (const [scheme, width, language] of [
      ["light", 1440, "en"],
      ["dark", 390, "ja"],
    ] as const) {
      await page.setViewportSize({ width, height: width > 500 ? 900 : 844 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(url);
      await page.evaluate(`localStorage.setItem("ngflow-language", "${language}")`);
      for (const kind of KINDS) {
        // Another view between them: what is there then is this chart.
        await follow(page, "/explain");
        await page.locator("textarea").waitFor();
        await follow(page, `/explore?from=now-5m&chart=${kind}${kind === "sankey" ? "" : "&dims=SrcAddr/24/48"}`);
        await rows().first().waitFor();
        await page.locator(".result canvas, .result .scroll td[title]").first().waitFor();
        expect(await page.evaluate("document.documentElement.scrollWidth"), kind).toBe(width);
        await page.screenshot({ path: `${SCREENSHOTS}explore-${kind}-${scheme}-${width}.png`, fullPage: true });
      }
    }
    await page.evaluate("localStorage.clear()");
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
    expect(browser.complaints).toEqual([]);
    // Sixteen pages with a picture each.
  }, 240_000);

  test("groups by several dimensions; the order is changed by keyboard; a prefix groups", async () => {
    const { page } = browser;
    await open("?from=now-5m");
    await page.getByLabel("Add a dimension").selectOption("SrcAddr");
    expect(search().get("dims")).toBe("Proto,SrcAddr");
    const names = page.getByRole("list", { name: "Dimensions" }).locator(".name");
    await names.nth(1).focus();
    await page.keyboard.press("ArrowLeft");
    expect(search().get("dims")).toBe("SrcAddr,Proto");
    await page.getByLabel("Prefix length of Source address").selectOption("/24/48");
    expect(search().get("dims")).toBe("SrcAddr/24/48,Proto");
    await expect.poll(() => rows().first().innerText(), SOON).toMatch(/\/(24|48)/);
    await page.getByRole("button", { name: "Remove Source address /24 /48" }).click();
    await expect.poll(() => rows().first().innerText(), SOON).toMatch(/^(TCP|UDP)/);
    expect(browser.complaints).toEqual([]);
  });

  test("a drag zooms, and arrow keys move in time", async () => {
    const { page } = browser;
    await open("?from=now-5m");
    const box = (await page.locator(".result canvas").boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.7, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 120, { steps: 4 });
    await page.mouse.move(box.x + box.width * 0.9, box.y + 120, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => search().get("from"), SOON).toMatch(/^\d{4}-/);
    const lengthMs = () => Date.parse(search().get("to")!) - Date.parse(search().get("from")!);
    expect(lengthMs()).toBeGreaterThan(40_000);
    expect(lengthMs()).toBeLessThan(80_000);
    const from = search().get("from")!;
    await page.getByRole("application").focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => Date.parse(search().get("from")!), SOON).toBeLessThan(Date.parse(from));
    await page.keyboard.press("+");
    await expect.poll(lengthMs, SOON).toBeLessThan(40_000);
    expect(browser.complaints).toEqual([]);
  });

  test("a group leads to only this, not this and both directions", async () => {
    const { page } = browser;
    await open("?from=now-5m&dims=SrcAddr");
    const first = rows().first().getByRole("button");
    const address = (await first.innerText()).trim();
    await first.click();
    const menu = page.getByRole("menu");
    await menu.getByRole("menuitem", { name: "Both directions" }).click();
    expect(search().get("filter")).toBe(`((SrcAddr = ${address}) or (DstAddr = ${address}))`);
    await page.goBack();
    await rows().first().getByRole("button").focus();
    await page.keyboard.press("Enter");
    await menu.waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    expect(search().get("filter")).toMatch(/^SrcAddr != /);
    await page.goBack();
    await rows().first().getByRole("button").click();
    const shown = await rows().first().getByRole("button").innerText();
    await menu.getByRole("menuitem", { name: `Open page of ${shown.trim()}` }).click();
    expect(new URL(page.url()).pathname).toBe(`/host/${shown.trim()}`);
    expect(browser.complaints).toEqual([]);
  });

  test("the table as CSV sums to its total row", async () => {
    const { page } = browser;
    await open("?from=now-5m&dims=DstPort&unit=bytes&top=5");
    await page.getByRole("button", { name: /^Export/ }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Table (CSV)" }).click(),
    ]);
    await download.saveAs(join(downloads, "table.csv"));
    const lines = readFileSync(join(downloads, "table.csv"), "utf8").trim().split("\r\n");
    expect(lines[0]).toBe("DstPort,min (bytes),max (bytes),last (bytes),average (bytes),p95 (bytes),total (bytes)");
    // The head, five ports, ICMP, which has none, and the others.
    expect(lines).toHaveLength(8);
    for (const line of lines.slice(1)) expect(Number(line.split(",").at(-1))).toBeGreaterThan(0);
    for (const [chart, name, type] of ["", "heatmap", "map"].flatMap((kind) => [
      [kind, "Picture (PNG)", "png"] as const,
      [kind, "Picture (SVG)", "svg"] as const,
    ])) {
      if (chart !== "" && type === "png") await page.goto(`${url}/explore?from=now-5m&chart=${chart}`);
      await page.getByRole("button", { name: /^Export/ }).click();
      const [picture] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
      expect(picture.suggestedFilename()).toBe(`ngflow-chart.${type}`);
      await picture.saveAs(join(downloads, "picture"));
      expect(readFileSync(join(downloads, "picture")).length).toBeGreaterThan(3000);
    }
    expect(browser.complaints).toEqual([]);
  });
});
