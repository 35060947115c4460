import { createSocket } from "node:dgram";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Background, NGFLOW } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { absentBrowser, type Browser, follow, openBrowser } from "./browser.ts";

const absent = absentBrowser();
const SCREENSHOTS = fileURLToPath(new URL("output/screenshots/", import.meta.url));
/** For what holds at some moment of the next 15 s. */
const SOON = { timeout: 15_000 };
/** A name that would run if a page took it for markup. */
const SCRIPT = `<img src=x onerror="document.title='run'">`;
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
  let data = "";
  let demo: Background;
  let browser: Browser;
  let url: string;

  const panel = (name: string) => browser.page.getByRole("region", { name, exact: true });
  const rows = () => panel("Flow records").locator("tbody tr");
  const column = (name: string) => rows().locator(`[data-column="${name}"]`).allInnerTexts();
  const api = async (path: string): Promise<Record<string, unknown>> =>
    (await (await fetch(`${url}/api/v1${path}`)).json()) as Record<string, unknown>;
  const go = (path: string) => browser.page.goto(`${url}${path}`);

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "ngflow-e2e-views-"));
    mkdirSync(SCREENSHOTS, { recursive: true });
    const http = `127.0.0.1:${await freeTcpPort()}`;
    url = `http://${http}`;
    writeFileSync(`${data}.hosts`, Array.from({ length: 90 }, (_, i) => `10.20.0.${i} ${HOST}${i}\n`).join(""));
    demo = new Background([
      ...NGFLOW,
      "demo",
      "--no-story",
      "--hosts",
      `${data}.hosts`,
      "--seed",
      "7",
      "--http",
      http,
      "--data",
      data,
      "--control",
      join(data, "control.sock"),
    ]);
    const stored = async () => Number((await api("/pipeline").catch(() => ({ rowsStored: 0 })))["rowsStored"]);
    await demo.until("rows in the store", async () => (await stored()) > 500, 60_000);
    browser = await openBrowser();
  });

  beforeEach(() => {
    browser.complaints.length = 0;
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    rmSync(data, { recursive: true, force: true });
    rmSync(`${data}.hosts`, { force: true });
  });

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

  test("hosts have their names next to their addresses wherever they are shown, as text", async () => {
    const { page } = browser;
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

  test("the page of a host: both directions, and rankings that sum to what the store says", async () => {
    const { page } = browser;
    const top = ((await api("/query?by=SrcAddr&top=1&last=15m"))["rows"] as { SrcAddr: string }[])[0]!.SrcAddr;
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
    expect(browser.complaints).toEqual([]);
  });

  test("the pipeline in words, zeros folded; the exporters with what mends them", async () => {
    const { page } = browser;
    await go("/pipeline");
    await page.getByText("Packets counted into flows.").waitFor();
    await page.getByText("Datagrams read from the listening sockets").first().waitFor();
    expect(await page.getByText("Frames the kernel dropped because the ring was full.").isVisible()).toBe(false);
    await go("/exporters");
    const button = panel("Exporters").getByRole("button").first();
    await button.click();
    await page.getByText("It has not sent a sampling rate.").waitFor();
    await page.getByText("What mends it").click();
    await page.getByText("option sampler-table timeout 60").first().waitFor();
    expect(browser.complaints).toEqual([]);
  });

  test("the filter box completes columns and values by keyboard, and keeps a history", async () => {
    const { page } = browser;
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
    expect(browser.complaints).toEqual([]);
  });

  test("two browsers edit one saved filter: the second sees a conflict, and nothing is overwritten", async () => {
    const { page, context } = browser;
    const put = (body: object, headers: Record<string, string>) =>
      fetch(`${url}/api/v1/saved/office`, {
        method: "PUT",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
    // A run before this one may have left it.
    const left = (await fetch(`${url}/api/v1/saved/office`)).headers.get("etag");
    if (left !== null) {
      const removed = { method: "DELETE", headers: { "if-match": left } };
      expect((await fetch(`${url}/api/v1/saved/office`, removed)).status).toBe(200);
    }
    const first = { title: SCRIPT, kind: "filter", text: "port 53" };
    expect((await put(first, { "if-none-match": "*" })).status).toBe(200);
    await go("/saved");
    const second = await context.newPage();
    await second.goto(`${url}/saved`);
    for (const one of [page, second]) await one.getByRole("button", { name: `Edit ${SCRIPT}` }).click();
    const save = async (one: typeof page, text: string) => {
      await one.getByLabel("Filter or address").fill(text);
      await one.getByRole("button", { name: "Save", exact: true }).click();
    };
    await save(page, "port 80");
    await page.locator("td.text", { hasText: "port 80" }).waitFor();
    await save(second, "port 443");
    await second.getByText("Somebody else has saved office meanwhile.").waitFor();
    expect((await api("/saved/office"))["text"]).toBe("port 80");
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
    expect(browser.complaints.filter((text) => !text.includes("412"))).toEqual([]);
  });

  test("saved views are cards of the first page, in the order that was chosen for everybody", async () => {
    const { page } = browser;
    for (const [name, title, text] of [
      ["card-dns", "Name service", "/explore?dims=SrcAddr&filter=port+53&from=now-5m"],
      ["card-tcp", "TCP", "/?filter=Proto+%3D+tcp&from=now-5m"],
      ["home", "Home", "/"],
    ] as const) {
      const at = `${url}/api/v1/saved/${name}`;
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
    expect((await api("/saved/home"))["text"]).toBe("/?cards=card-dns,card-tcp");
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
    expect(browser.complaints).toEqual([]);
  });

  test("a flow is sent through and found; a gap in an exporter's numbers is marked on the charts", async () => {
    const { page } = browser;
    await go("/pipeline");
    const test = panel("Self-test");
    await test.getByRole("button", { name: "Send a flow" }).click();
    await test.getByText(/^It arrived: a query finds it after/).waitFor();
    expect(await test.locator("li.passed").count()).toBe(5);
    await test.getByRole("link", { name: "Show the record" }).click();
    await expect.poll(() => rows().count(), SOON).toBe(1);
    expect(await column("SrcAddr")).toEqual(["192.0.2.1"]);

    const answer = await fetch(`${url}/api/v1/self-test`, { method: "POST" });
    const { steps } = (await answer.json()) as { steps: { text: string }[] };
    const [, host = "", port = ""] = /at (\S+) port (\d+)/.exec(steps[0]!.text)!;
    // NetFlow v5 with a record each: the second one says that 30 flows were sent between them.
    const socket = createSocket("udp4");
    for (const sequence of [100, 131]) {
      const datagram = Buffer.alloc(72);
      datagram.writeUInt16BE(5, 0);
      datagram.writeUInt16BE(1, 2);
      datagram.writeUInt32BE(60_000, 4);
      datagram.writeUInt32BE(Math.floor(Date.now() / 1000), 8);
      datagram.writeUInt32BE(sequence, 16);
      datagram[21] = 7;
      datagram.set([192, 0, 2, 9, 198, 51, 100, 9], 24);
      datagram.writeUInt32BE(1, 40);
      datagram.writeUInt32BE(100, 44);
      datagram.writeUInt32BE(60_000, 48);
      datagram.writeUInt32BE(60_000, 52);
      datagram[62] = 17;
      await new Promise<void>((sent) => socket.send(datagram, Number(port), host, () => sent()));
    }
    socket.close();
    const lost = async () =>
      ((await api("/query?metric=packets&last=5m"))["completeness"] as { lost: { reason: string; count: number }[] })
        .lost;
    await expect.poll(lost, { timeout: 30_000 }).toMatchObject([{ reason: "sequence-gap", count: 30 }]);
    for (const [path, name] of [
      ["/?from=now-5m", "Traffic over time"],
      ["/explore?from=now-5m", "Stacked areas"],
    ] as const) {
      await go(path);
      const note = panel(name).locator("details", { hasText: "Missing: 30 flows lost before arrival" });
      await note.locator("summary").click();
      await note.getByText("Counted whatever the filter").waitFor();
    }
    // By keyboard, from the newest bin on back to that of the loss.
    await go("/?from=now-5m");
    const chart = panel("Traffic over time").getByRole("slider");
    await panel("Traffic over time").locator("details").waitFor();
    await chart.focus();
    await expect
      .poll(
        async () => {
          await page.keyboard.press("ArrowLeft");
          return chart.getAttribute("aria-valuetext");
        },
        { timeout: 30_000, interval: 20 },
      )
      .toContain("Missing: 30 flows lost before arrival");
    await expect
      .poll(() => panel("Traffic over time").locator(".traffic-tooltip").innerText(), SOON)
      .toContain("Missing: 30 flows");
    await page.screenshot({ path: `${SCREENSHOTS}losses-light-1440-en.png` });
    expect(browser.complaints).toEqual([]);
  });

  test("no page overflows a phone, in either language and theme", async () => {
    const { page } = browser;
    const host = ((await api("/query?by=SrcAddr&top=1&last=15m"))["rows"] as { SrcAddr: string }[])[0]!.SrcAddr;
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
    expect(browser.complaints).toEqual([]);
  });

  // The last one: the others need the server.
  test("when the server stops, the page says so and keeps its data", async () => {
    const talkers = panel("Top talkers").locator("tbody tr:not(.others)");
    await go("/");
    await talkers.first().waitFor();
    await demo.stop();
    await browser.page.getByRole("button", { name: "Reconnecting" }).waitFor();
    await expect
      .poll(() => browser.page.getByRole("status").innerText(), SOON)
      .toContain("does not answer. What is shown was answered");
    expect(await talkers.count()).toBeGreaterThan(0);
  });
});
