import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { absentBrowser, type Browser, demoUrl, openBrowser } from "./browser.ts";
import { consolePage, SOON } from "./console-page.ts";

const absent = absentBrowser();

describe.skipIf(absent !== undefined)(`filter of the console${absent === undefined ? "" : ` (${absent})`}`, () => {
  let browser: Browser;
  const url = demoUrl();
  const { panel, talkers, records, filterInUrl, open } = consolePage(() => browser, url);

  beforeAll(async () => {
    browser = await openBrowser();
  });
  beforeEach(() => {
    browser.complaints.length = 0;
  });
  afterAll(() => browser?.close());

  test("live updates never touch what is being typed", async () => {
    await open();
    const input = browser.page.locator("#filter");
    const before = await records().first().innerText();
    await input.click();
    await input.pressSequentially("Proto = ud");
    await expect.poll(() => records().first().innerText(), SOON).not.toBe(before);
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
    await expect.poll(() => alert.innerText(), SOON).toContain("Unknown column");
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
});
