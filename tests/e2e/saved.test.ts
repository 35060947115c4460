import { describe, expect, test } from "vitest";
import { absentBrowser } from "./browser.ts";
import { SOON } from "./console-page.ts";
import { ownConsole } from "./own-console.ts";

const absent = absentBrowser();
/** A name that would run if a page took it for markup. */
const SCRIPT = `<img src=x onerror="document.title='run'">`;

describe.skipIf(absent !== undefined)(`saved pages and filters${absent === undefined ? "" : ` (${absent})`}`, () => {
  const own = ownConsole();
  const { panel, go } = own;

  test("two browsers edit one saved filter: the second sees a conflict, and nothing is overwritten", async () => {
    const { page, context } = own.browser;
    const put = (body: object, headers: Record<string, string>) =>
      fetch(`${own.demo.url}/api/v1/saved/office`, {
        method: "PUT",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
    // A run before this one may have left it.
    const left = (await fetch(`${own.demo.url}/api/v1/saved/office`)).headers.get("etag");
    if (left !== null) {
      const removed = { method: "DELETE", headers: { "if-match": left } };
      expect((await fetch(`${own.demo.url}/api/v1/saved/office`, removed)).status).toBe(200);
    }
    const first = { title: SCRIPT, kind: "filter", text: "port 53" };
    expect((await put(first, { "if-none-match": "*" })).status).toBe(200);
    await go("/saved");
    const second = await context.newPage();
    await second.goto(`${own.demo.url}/saved`);
    for (const one of [page, second]) await one.getByRole("button", { name: `Edit ${SCRIPT}` }).click();
    const save = async (one: typeof page, text: string) => {
      await one.getByLabel("Filter or address").fill(text);
      await one.getByRole("button", { name: "Save", exact: true }).click();
    };
    await save(page, "port 80");
    await page.locator("td.text", { hasText: "port 80" }).waitFor();
    await save(second, "port 443");
    await second.getByText("Somebody else has saved office meanwhile.").waitFor();
    expect((await own.demo.api("/saved/office"))["text"]).toBe("port 80");
    expect(await page.title()).not.toBe("run");
    await second.close();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await go("/saved/office");
    await expect
      .poll(() => new URL(page.url()).pathname + new URL(page.url()).search, SOON)
      .toBe("/flows?filter=port%2080");
    expect(asked.filter((path) => path.startsWith("/api/v1/saved"))).toEqual(["/api/v1/saved/office"]);
    // The browser logs the 412 of the second page.
    expect(own.browser.complaints.filter((text) => !text.includes("412"))).toEqual([]);
  });

  test("saved views are cards of the first page, in the order that was chosen for everybody", async () => {
    const { page } = own.browser;
    for (const [name, title, text] of [
      ["card-dns", "Name service", "/explore?dims=SrcAddr&filter=port+53&from=now-5m"],
      ["card-tcp", "TCP", "/?filter=Proto+%3D+tcp&from=now-5m"],
      ["home", "Home", "/"],
    ] as const) {
      const at = `${own.demo.url}/api/v1/saved/${name}`;
      const etag = (await fetch(at)).headers.get("etag");
      const written = await fetch(at, {
        method: "PUT",
        headers: {
          "content-type": "application/json",
          ...(etag === null ? { "if-none-match": "*" } : { "if-match": etag }),
        },
        body: JSON.stringify({ title, kind: "page", text }),
      });
      expect(written.status).toBe(200);
    }
    await go("/saved");
    const home = panel("On the first page");
    for (const title of ["TCP", "Name service"]) {
      await home.getByRole("combobox", { name: "What to add" }).selectOption({ label: title });
      await home.getByRole("button", { name: "Add" }).click();
      await home.locator("li", { hasText: title }).waitFor();
    }
    await home.getByRole("button", { name: "Move Name service up" }).click();
    await expect.poll(() => home.locator("li .title").allInnerTexts(), SOON).toEqual(["Name service", "TCP"]);
    expect((await own.demo.api("/saved/home"))["text"]).toBe("/?cards=card-dns,card-tcp");
    // The entry of the first page is none of the saved views.
    expect(await panel("For everybody").locator("tbody tr", { hasText: "/saved/home" }).count()).toBe(0);
    await go("/");
    const cards = page.getByRole("region", { name: "Saved views" }).getByRole("article");
    await expect.poll(() => cards.locator("h2").allInnerTexts(), SOON).toEqual(["Name service", "TCP"]);
    await expect.poll(() => cards.nth(1).innerText(), SOON).toMatch(/bit\/s\s+average/);
    await expect.poll(() => cards.nth(0).locator("li").count(), SOON).toBeGreaterThan(0);
    await go("/?cards=card-tcp");
    await expect.poll(() => cards.locator("h2").allInnerTexts(), SOON).toEqual(["TCP"]);
    await cards.getByRole("link", { name: "TCP" }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("filter"), SOON).toBe("Proto = tcp");
    expect(own.browser.complaints).toEqual([]);
  });
});
