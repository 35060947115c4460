import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Background, NGFLOW } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { absentBrowser, type Browser, openBrowser } from "./browser.ts";

const absent = absentBrowser();
const SCREENSHOTS = fileURLToPath(new URL("output/screenshots/", import.meta.url));
const SOON = { timeout: 15_000 };

describe.skipIf(absent !== undefined)(`documentation${absent === undefined ? "" : ` (${absent})`}`, () => {
  let data = "";
  let daemon: Background;
  let browser: Browser;
  let url: string;
  const title = () => browser.page.locator("article h2").first().innerText();

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "ngflow-e2e-docs-"));
    mkdirSync(SCREENSHOTS, { recursive: true });
    const http = `127.0.0.1:${await freeTcpPort()}`;
    url = `http://${http}/below`;
    const words = ["up", "--no-capture", "--http", http, "--base-path", "/below", "--data", data];
    daemon = new Background([...NGFLOW, ...words, "--listen", "127.0.0.1:0", "--control", join(data, "control.sock")]);
    await daemon.until("an answer", async () => (await fetch(`${url}/healthz`).catch(() => null))?.ok === true, 90_000);
    browser = await openBrowser();
  });
  beforeEach(() => {
    browser.complaints.length = 0;
  });
  afterAll(async () => {
    await browser?.close();
    await daemon?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  test("each page has its help, links and anchors work, and nothing comes from elsewhere", async () => {
    const { page } = browser;
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${url}/explore`);
    await page.getByRole("link", { name: "Help for this page" }).click();
    await expect.poll(title, SOON).toBe("Explore traffic");
    expect(page.url()).toBe(`${url}/docs/how-to/explore-traffic`);
    await page.locator("nav[aria-label^=Pages] summary", { hasText: "Reference" }).click();
    await page.getByRole("link", { name: "Filter language" }).click();
    await expect.poll(() => page.url(), SOON).toBe(`${url}/docs/reference/filter`);
    await page.goBack();
    await expect.poll(title, SOON).toBe("Explore traffic");

    await page.goto(`${url}/docs/reference/filter#nfdump`);
    const top = async () => (await page.locator("#nfdump").boundingBox())?.y;
    await expect.poll(top, SOON).toBeLessThan(200);
    expect(await top()).toBeGreaterThan(40);

    await page.getByRole("searchbox").fill("95th");
    await page.locator("nav[aria-label^=Pages] li a").first().click();
    await expect.poll(() => page.url(), SOON).toMatch(/\/below\/docs\/.+#.*95th/);
    await page.goto(`${url}/docs/no/such`);
    await expect.poll(() => page.locator("article").innerText(), SOON).toMatch(/no page no\/such/);
    expect(asked.filter((address) => !address.startsWith(url))).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });

  test("a reader of Japanese has the Japanese page, and the English one when asked for", async () => {
    const { page } = browser;
    await page.evaluate(`localStorage.setItem("ngflow-language", "ja")`);
    for (const [scheme, width] of [
      ["light", 1440],
      ["dark", 390],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(`${url}/docs/tutorials/netflow-exporter`);
      await expect.poll(title, SOON).toMatch(/組み立てる/);
      await page.locator("article img").first().scrollIntoViewIfNeeded();
      const drawn = `document.querySelector("article img").naturalWidth`;
      await expect.poll(() => page.evaluate(drawn), SOON).toBeGreaterThan(100);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      await page.screenshot({ path: `${SCREENSHOTS}docs-${scheme}-${width}-ja.png` });
    }
    await page.locator("article").getByRole("link", { name: "English" }).click();
    await expect.poll(title, SOON).toBe("A NetFlow exporter, step by step");
    await page.goto(`${url}/docs/how-to/query`);
    await expect.poll(() => page.locator("article").innerText(), SOON).toMatch(/このページは英語版だけです/);
    await page.evaluate("localStorage.clear()");
    expect(browser.complaints).toEqual([]);
  });

  test("the first page loads nothing of it", async () => {
    const { page } = browser;
    const loaded: string[] = [];
    page.on("response", (response) => loaded.push(response.url()));
    await page.goto(`${url}/`);
    await page.locator("main .panel").first().waitFor();
    await page.waitForLoadState("networkidle").catch(() => {});
    expect(loaded.filter((address) => /virtual|Docs|docs/.test(address))).toEqual([]);
  });
});
