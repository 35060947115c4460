import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Background, NGFLOW } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { absentBrowser, type Browser, openBrowser } from "./browser.ts";

const absent = absentBrowser();
const BASE = "/tools/ngflow";
const SOON = { timeout: 15_000 };

/** A proxy that serves another server below `BASE`, and nothing beside it. It keeps the path or takes it away. */
async function proxyTo(port: number, takesAway: boolean): Promise<Server> {
  const proxy = createServer((incoming, outgoing) => {
    const { url = "/", method, headers } = incoming;
    if (url !== BASE && !url.startsWith(`${BASE}/`)) {
      outgoing.writeHead(404).end("not mine");
      return;
    }
    const path = takesAway ? url.slice(BASE.length) || "/" : url;
    const onward = request({ host: "127.0.0.1", port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return proxy;
}

describe.skipIf(absent !== undefined)(`behind a proxy at a path${absent === undefined ? "" : ` (${absent})`}`, () => {
  let data = "";
  let demo: Background;
  let browser: Browser;
  const proxies: Server[] = [];

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "ngflow-e2e-base-"));
    const port = await freeTcpPort();
    demo = new Background([
      ...[
        ...NGFLOW,
        "demo",
        "--no-story",
        "--seed",
        "7",
        "--http",
        `127.0.0.1:${port}`,
        "--data",
        data,
        "--base-path",
        `${BASE}/`,
      ],
      ...["--control", join(data, "control.sock")],
    ]);
    const stored = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/pipeline`).catch(() => null);
      return response === null ? 0 : (((await response.json()) as { rowsStored: number | null }).rowsStored ?? 0);
    };
    await demo.until("rows in the store", async () => (await stored()) > 500, 90_000);
    for (const takesAway of [false, true]) proxies.push(await proxyTo(port, takesAway));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    for (const proxy of proxies) proxy.close();
    await demo?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  test.each(["keeps the path", "takes the path away"])("a proxy that %s: pages, links, data, events", async (which) => {
    const { page } = browser;
    const origin = `http://127.0.0.1:${(proxies[which === "keeps the path" ? 0 : 1]!.address() as AddressInfo).port}`;
    const asked: string[] = [];
    page.on("request", (one) => asked.push(one.url()));
    browser.complaints.length = 0;
    await page.goto(`${origin}${BASE}`);
    await page.locator("main canvas").first().waitFor();
    await page.getByRole("button", { name: "Live", exact: true }).waitFor();
    const where = () => new URL(page.url()).pathname;
    await page.getByRole("link", { name: "Explore", exact: true }).first().click();
    await page.locator(".result tbody tr").first().waitFor();
    expect(where()).toBe(`${BASE}/explore`);
    // An address of a page can be loaded as it is.
    await page.goto(`${origin}${BASE}/graph`);
    await page.locator("svg .node").first().waitFor();
    await page.getByRole("link", { name: "ngflow, start page" }).click();
    await page.locator("main canvas").first().waitFor();
    expect(where()).toBe(`${BASE}/`);
    await page.goto(`${origin}${BASE}/explain`);
    await page.getByRole("button", { name: "Put in an example" }).click();
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("Every step would succeed.").waitFor();
    await page.goto(`${origin}${BASE}/no/such`);
    await expect.poll(() => page.locator("main").innerText(), SOON).toContain("There is no page at /no/such");
    expect(asked.filter((url) => url.startsWith("http") && !new URL(url).pathname.startsWith(BASE))).toEqual([]);
    page.removeAllListeners("request");
    expect(browser.complaints).toEqual([]);
  });
});
