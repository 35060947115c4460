import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeMmdb } from "../../packages/names/src/mmdb/testing/write-mmdb.ts";
import { COMMUNITY, MadeAgent } from "../../packages/names/src/snmp/testing/run-agent.ts";
import { Background, NGFLOW } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { absentBrowser, type Browser, openBrowser } from "./browser.ts";

const absent = absentBrowser();
/** For what holds at some moment of the next 15 s. */
const SOON = { timeout: 15_000 };
/** The agent says so of interface 1: a tenth of a percent of it is 100 kbit/s. */
const SPEED_MBIT = 100;

describe.skipIf(absent !== undefined)(`speeds and messages${absent === undefined ? "" : ` (${absent})`}`, () => {
  let folder = "";
  let agent: MadeAgent;
  let demo: Background;
  let browser: Browser;
  let url: string;

  const api = async (path: string): Promise<Record<string, unknown>> =>
    (await (await fetch(`${url}/api/v1${path}`)).json()) as Record<string, unknown>;
  const go = (path: string) => browser.page.goto(`${url}${path}`);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-e2e-speeds-"));
    agent = await MadeAgent.start();
    agent.set("edge", { 1: { descr: "eth1", name: "ge-1", highSpeed: SPEED_MBIT } });
    writeFileSync(join(folder, "community"), COMMUNITY, { mode: 0o600 });
    const entry = `{ exporters: 127.0.0.1, address: 127.0.0.1, port: ${agent.port}, community-file: community }`;
    writeFileSync(join(folder, "snmp.yaml"), `interval: 10s\nagents:\n  - ${entry}\n`);
    const countries = { "203.0.113.0/24": "JP", "198.51.100.0/24": "CH", "192.0.2.0/24": "SG" };
    const prefixes = Object.entries(countries).map(([prefix, code]) => ({
      prefix,
      record: { country: { iso_code: code } },
    }));
    writeFileSync(join(folder, "places.mmdb"), writeMmdb(prefixes));
    const http = `127.0.0.1:${await freeTcpPort()}`;
    url = `http://${http}`;
    demo = new Background(
      [...NGFLOW, "demo", "--no-story", "--seed", "7", "--http", http, "--data", join(folder, "data")].concat([
        "--control",
        join(folder, "control.sock"),
        "--snmp",
        join(folder, "snmp.yaml"),
        "--mmdb",
        join(folder, "places.mmdb"),
      ]),
    );
    const speeds = async () => (await api("/names/of?interfaces=127.0.0.1/1").catch(() => ({ speeds: {} })))["speeds"];
    await demo.until("the speed", async () => Object.keys((await speeds()) ?? {}).length > 0, 90_000);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    agent?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A number of a cell: `1.23 %`, `4.56 Mbit/s`. */
  const numberOf = (text: string): number => {
    const [, digits, prefix = ""] = /^<?([\d.]+)\s*([kMG]?)/.exec(text) ?? [];
    return Number(digits) * ({ k: 1e3, M: 1e6, G: 1e9 }[prefix] ?? 1);
  };

  test("Explore: percent of the one speed with a total; of several speeds as lines without one", async () => {
    const { page } = browser;
    const cell = (row: string, name: string) => page.locator(`.result ${row} td.${name}`).first().innerText();
    const to = new Date(Date.now() - 10_000).toISOString();
    const at = `from=${new Date(Date.now() - 20_000).toISOString()}&to=${to}&filter=ExporterAddr+%3D+127.0.0.1`;
    await go(`/explore?${at}+and+InIf+%3D+1&unit=util`);
    await expect
      .poll(() => page.locator(".result .hint").innerText(), SOON)
      .toContain("100\u202fMbit/s, the speed of 127.0.0.1/1 by SNMP");
    const part = await cell("tfoot", "max");
    expect(part).toMatch(/%$/);
    await go(`/explore?${at}+and+InIf+%3D+1&unit=l2`);
    await expect.poll(() => cell("tfoot", "max"), SOON).toMatch(/bit\/s$/);
    const whole = numberOf(await cell("tfoot", "max"));
    expect(Math.abs(numberOf(part) - (100 * whole) / (SPEED_MBIT * 1e6))).toBeLessThan(0.06);

    await go(`/explore?${at}&dims=InIf&unit=util`);
    await expect.poll(() => page.locator(".result .hint").innerText(), SOON).toContain("add up");
    await expect.poll(() => cell("tfoot", "max"), SOON).toBe("–");
    expect(await cell("tbody", "max")).toMatch(/%$|–/);
    expect(browser.complaints).toEqual([]);
  });

  test("a map of countries has the totals of its table and of the store; keys, Japanese names, a card", async () => {
    const { page } = browser;
    const range = `from=${new Date(Date.now() - 30_000).toISOString()}&to=${new Date(Date.now() - 10_000).toISOString()}`;
    const path = `/explore?${range}&chart=map`;
    await go(path);
    const map = page.getByRole("slider", { name: /^Map of the traffic by Destination country/ });
    await map.waitFor();
    // Japan and Switzerland are on the map, Singapore is too small for it.
    await expect.poll(() => map.locator("path.has").count(), SOON).toBe(2);
    await page.getByText("Too small for this map, but in the table: Singapore.").waitFor();
    await page.getByText(/^Of addresses without a known country: /).waitFor();
    const stored = (await api(`/query?${range}&by=DstCountry&top=300`))["rows"] as {
      DstCountry: string;
      bytes: number;
    }[];
    const named = stored.filter(({ DstCountry }) => DstCountry !== "").sort((a, b) => b.bytes - a.bytes);
    expect(named.map(({ DstCountry }) => DstCountry).sort()).toEqual(["CH", "JP", "SG"]);
    const rows = await page.locator(".groups-table tbody tr td:first-child").allInnerTexts();
    expect(rows.map((text) => text.slice(0, 2)).filter((code) => /^[A-Z]{2}$/.test(code))).toEqual(
      named.map(({ DstCountry }) => DstCountry),
    );
    await map.focus();
    await page.keyboard.press("ArrowRight");
    const first = { CH: "Switzerland", JP: "Japan", SG: "Singapore" }[named[0]!.DstCountry]!;
    expect(await map.getAttribute("aria-valuetext")).toContain(`${first}: `);
    await page.keyboard.press("Enter");
    await page
      .getByRole("menuitem", { name: "Only this" })
      .or(page.getByRole("button", { name: "Only this" }))
      .click();
    await expect
      .poll(() => new URL(page.url()).searchParams.get("filter"), SOON)
      .toBe(`DstCountry = ${named[0]!.DstCountry}`);

    for (const [name, kind, text] of [
      ["world", "page", path],
      ["home", "page", "/?cards=world"],
    ])
      await fetch(`${url}/api/v1/saved/${name}`, {
        method: "PUT",
        headers: { "content-type": "application/json", "if-none-match": "*" },
        body: JSON.stringify({ title: name, kind, text }),
      });
    await go("/");
    await page.getByRole("article", { name: "world" }).locator("path.has").first().waitFor({ state: "attached" });
    await page.evaluate('localStorage.setItem("ngflow-language", "ja")');
    await go(path);
    await page.getByText("JP 日本").first().waitFor();
    await page.evaluate("localStorage.clear()");
    expect(browser.complaints).toEqual([]);
  });

  test("the page of an interface shows percent of the speed by SNMP; a typed one holds before it", async () => {
    const { page } = browser;
    await go("/interface/127.0.0.1/1?from=now-5m");
    await page.getByRole("button", { name: "% of 100 Mbit/s" }).click();
    await expect.poll(() => page.locator(".facts .in dd").innerText(), SOON).toMatch(/bit\/s \([\d.<]+\s%\)/);
    await page.getByLabel("Speed of the link").fill("1G");
    await page.getByLabel("Speed of the link").press("Enter");
    await expect.poll(() => new URL(page.url()).searchParams.get("speed"), SOON).toBe("1000000000");
    await page.evaluate("localStorage.clear()");
    expect(browser.complaints).toEqual([]);
  });

  test("a node of the graph: its messages as forms, questions answered, changes as a command to copy", async () => {
    const { page } = browser;
    await go("/graph");
    await page.locator("svg .node.meter").first().click();
    const form = page.getByRole("form", { name: "Control message" });
    await form.getByRole("combobox").selectOption("info");
    await form.getByText("ngctl msg netflow: info").waitFor();
    await form.getByRole("button", { name: "Ask" }).click();
    await form.locator("pre").waitFor();
    expect(await form.locator("pre").innerText()).toMatch(/IPv4 packets=\d+/);

    await form.getByRole("combobox").selectOption("ifinfo");
    await form.getByText("Fill in a value").waitFor();
    await form.getByRole("textbox").fill("70000");
    await form.getByText("a whole number, 0 to 65535").waitFor();
    await form.getByRole("textbox").fill("4000");
    await form.getByRole("button", { name: "Ask" }).click();
    await form.getByText(/^The node refused: /).waitFor();

    const { revision } = await api("/graph");
    await form.getByRole("combobox").selectOption("setconfig");
    expect(await form.getByRole("button", { name: "Ask" }).count()).toBe(0);
    await form.getByRole("textbox", { name: "iface uint16" }).fill("0");
    await form.getByRole("textbox", { name: "conf uint32" }).fill("3");
    await form.getByText("ngctl msg netflow: setconfig '{ iface=0 conf=3 }'").waitFor();
    const id = ((await api("/graph"))["nodes"] as { id: number; type: string }[]).find(
      ({ type }) => type === "netflow",
    )!.id;
    expect(
      (await api(`/graph/ask?node=${id}&message=setconfig&args=${encodeURIComponent("{ iface=0 conf=0 }")}`))["reply"],
    ).toBe(null);
    expect((await api("/graph"))["revision"]).toBe(revision);
    expect(browser.complaints).toEqual([]);
  });
});
