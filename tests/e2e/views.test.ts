import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { absentBrowser, follow } from "./browser.ts";
import { SOON } from "./console-page.ts";
import { ownConsole } from "./own-console.ts";

const absent = absentBrowser();
const SCREENSHOTS = fileURLToPath(new URL("output/screenshots/", import.meta.url));
/** What is there when a page is complete, by the first part of its path. */
const READY: Readonly<Record<string, string>> = {
  flows: "[data-column=SrcAddr]",
  host: ".rankings table",
  pipeline: "main ol li",
  exporters: "main tbody button",
  saved: "main table",
};
/** The names of the hosts of the demo, before their number. */
const HOST = "<b>desk-";

describe.skipIf(absent !== undefined)(`pages of the console${absent === undefined ? "" : ` (${absent})`}`, () => {
  const hosts = join(tmpdir(), `ngflow-e2e-${process.pid}.hosts`);

  beforeAll(() => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    writeFileSync(hosts, Array.from({ length: 90 }, (_, i) => `10.20.0.${i} ${HOST}${i}\n`).join(""));
  });
  afterAll(() => {
    rmSync(hosts, { force: true });
  });
  const own = ownConsole(["--hosts", hosts]);
  const { panel, go } = own;

  test("hosts have their names next to their addresses wherever they are shown, as text", async () => {
    const { page } = own.browser;
    for (const path of [
      "/",
      "/flows?filter=src+net+10.20.0.0/24",
      "/port/443",
      "/explore?from=now-5m&dims=SrcAddr&filter=src+net+10.20.0.0/24",
      "/explore?from=now-5m&chart=sankey&dims=SrcAddr,DstAddr&filter=src+net+10.20.0.0/24",
      "/host/10.20.0.10",
    ]) {
      await go(path);
      const known = page.locator("main .known").first();
      await expect.poll(() => known.innerText(), SOON).toMatch(/^<b>desk-\d+$/);
    }
    await expect.poll(() => page.locator("h2 .known").innerText(), SOON).toBe(`${HOST}10`);
    expect(own.browser.complaints).toEqual([]);
  });

  test("the page of a host: both directions, and rankings that sum to what the store says", async () => {
    const { page } = own.browser;
    const top = ((await own.demo.api("/query?by=SrcAddr&top=1&last=15m"))["rows"] as { SrcAddr: string }[])[0]!.SrcAddr;
    await go(`/host/${top}`);
    await page.getByRole("slider", { name: /Received above the axis, Sent below it/ }).waitFor();
    await panel("Sent to").locator("tbody tr").first().waitFor();
    const shares = await panel("Sent to").locator("tbody td:nth-last-child(2)").allInnerTexts();
    const sum = shares.reduce((total, text) => total + Number.parseFloat(text.replace("<", "")), 0);
    expect(Math.abs(sum - 100)).toBeLessThan(1.5);
    expect(await page.locator("h1").innerText()).toContain(top);
    await expect.poll(() => page.locator("main .facts").innerText(), SOON).toMatch(/First seen\s+\d{4}-\d\d-\d\d/);
    await page.getByRole("slider").focus();
    await page.keyboard.press("Home");
    expect(await page.getByRole("slider").getAttribute("aria-valuenow")).toBe("0");
    await panel("Sent to").getByRole("link").first().click();
    await expect.poll(() => new URL(page.url()).pathname, SOON).not.toBe(`/host/${top}`);
    await go("/host/%3Cscript%3E");
    await page.getByText("Not a host").waitFor();
    expect(own.browser.complaints).toEqual([]);
  });

  test("the filter box completes columns and values by keyboard, and keeps a history", async () => {
    const { page } = own.browser;
    await go("/flows");
    const input = page.locator("#filter");
    await input.pressSequentially("SrcAd");
    await page.getByRole("option", { name: /^SrcAddr\b/ }).waitFor();
    await input.press("ArrowDown");
    await input.press("Enter");
    expect(await input.inputValue()).toBe("SrcAddr ");
    await input.pressSequentially("= ");
    const values = page.getByRole("option").filter({ hasText: /^\d+\.\d+\.\d+\.\d+|:/ });
    await values.first().waitFor();
    await input.press("ArrowDown");
    await input.press("Enter");
    const filter = (await input.inputValue()).trim();
    expect(filter).toMatch(/^SrcAddr = \S+$/);
    await input.press("Enter");
    await expect.poll(() => new URL(page.url()).searchParams.get("filter"), SOON).toBe(filter);
    await page.getByRole("button", { name: "Examples, history and saved filters" }).click();
    await page.getByRole("region", { name: "History" }).getByRole("button", { name: filter }).waitFor();
    expect(own.browser.complaints).toEqual([]);
  });

  test("no page overflows a phone, in either language and theme", async () => {
    const { page } = own.browser;
    const saved = await fetch(`${own.demo.url}/api/v1/saved/office`, {
      method: "PUT",
      headers: { "content-type": "application/json", "if-none-match": "*" },
      body: JSON.stringify({ title: "Office", kind: "filter", text: "port 53" }),
    });
    expect(saved.status).toBe(200);
    const host = ((await own.demo.api("/query?by=SrcAddr&top=1&last=15m"))["rows"] as { SrcAddr: string }[])[0]!
      .SrcAddr;
    for (const language of ["en", "ja"]) {
      await page.evaluate(`localStorage.setItem("ngflow-language", "${language}")`);
      await go("/saved");
      for (const [scheme, width] of [
        ["light", 1440],
        ["dark", 390],
      ] as const) {
        await page.setViewportSize({ width, height: 844 });
        await page.emulateMedia({ colorScheme: scheme });
        for (const path of ["/flows", `/host/${host}`, "/pipeline", "/exporters", "/saved"]) {
          await follow(page, path);
          await page.locator(READY[path.split("/")[1]!]!).first().waitFor();
          expect(await page.locator("html").getAttribute("lang")).toBe(language);
          expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBe(width);
          const name = path.split("/")[1]!;
          await page.screenshot({ path: `${SCREENSHOTS}${name}-${scheme}-${width}-${language}.png` });
        }
      }
    }
    await page.evaluate("localStorage.clear()");
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
    expect(own.browser.complaints).toEqual([]);
  });
});
