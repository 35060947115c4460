import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { absentBrowser, type Browser, demoUrl, openBrowser } from "./browser.ts";
import { SOON } from "./console-page.ts";

const absent = absentBrowser();

describe.skipIf(absent !== undefined)(`records${absent === undefined ? "" : ` (${absent})`}`, () => {
  let browser: Browser;
  const url = demoUrl();
  const panel = (name: string) => browser.page.getByRole("region", { name, exact: true });
  const rows = () => panel("Flow records").locator("tbody tr");
  const column = (name: string) => rows().locator(`[data-column="${name}"]`).allInnerTexts();
  const api = async (path: string): Promise<Record<string, unknown>> =>
    (await (await fetch(`${url}/api/v1${path}`)).json()) as Record<string, unknown>;
  const go = (path: string) => browser.page.goto(`${url}${path}`);

  beforeAll(async () => {
    browser = await openBrowser();
  });
  beforeEach(() => {
    browser.complaints.length = 0;
  });
  afterAll(() => browser?.close());

  test("records: columns, order and pages are in the address; every field of a record is in its panel", async () => {
    const { page } = browser;
    await go("/flows?columns=Bytes,SrcAddr&sort=Bytes");
    await rows().first().waitFor();
    expect(await panel("Flow records").locator("thead th").count()).toBe(3);
    const largest = (await api("/flows?last=15m&limit=1&sort=Bytes"))["rows"] as { Bytes: number }[];
    expect(largest[0]!.Bytes).toBeGreaterThan(0);
    expect(await panel("Flow records").locator("th[aria-sort=descending]").innerText()).toContain("Bytes");

    await go("/flows");
    await rows().first().waitFor();
    await page.getByRole("button", { name: "Older →" }).click();
    await page.getByText("Page 2").first().waitFor();
    await page.getByText(/^Frozen at/).waitFor();
    const second = await column("SrcPort");
    expect(second.length).toBeGreaterThan(50);
    await page.getByRole("button", { name: "← Newer" }).click();
    await expect.poll(() => column("SrcPort"), SOON).not.toEqual(second);
    // Keys: the second page again has what it had.
    await page.keyboard.press("n");
    await expect.poll(() => column("SrcPort"), SOON).toEqual(second);

    await rows()
      .first()
      .getByRole("button", { name: /^All fields of/ })
      .click();
    const dialog = page.getByRole("dialog", { name: "All fields" });
    for (const name of ["Received", "Exporter", "Sampling rate"])
      await dialog.getByText(name, { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Go live" }).click();
    await page.getByRole("button", { name: "Freeze" }).waitFor();
    expect(browser.complaints).toEqual([]);
  });

  test("a value of a record: only this, not this, and the page of the host", async () => {
    const { page } = browser;
    await go("/flows?filter=Proto+%3D+udp");
    await page.getByRole("button", { name: "Freeze" }).click();
    const value = rows().first().locator('[data-column="SrcAddr"] .value > button');
    const address = await value.innerText();
    await value.click();
    await page.getByRole("button", { name: "Not this", exact: true }).click();
    await expect
      .poll(() => new URL(page.url()).searchParams.get("filter"), SOON)
      .toBe(`Proto = udp and SrcAddr != ${address}`);
    await expect.poll(() => column("SrcAddr"), SOON).not.toContain(address);
    const other = await rows().first().locator('[data-column="SrcAddr"] .value > button').innerText();
    await page.getByRole("button", { name: "Freeze" }).click();
    await rows().first().locator('[data-column="SrcAddr"] .value > button').click();
    await page.getByRole("link", { name: "Open page" }).click();
    await expect.poll(() => decodeURIComponent(new URL(page.url()).pathname), SOON).toMatch(/^\/host\//);
    expect(other).not.toBe("");
    expect(browser.complaints).toEqual([]);
  });
});
