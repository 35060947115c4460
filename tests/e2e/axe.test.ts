import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Background, NGFLOW } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { absentBrowser, type Browser, follow, openBrowser } from "./browser.ts";

const absent = absentBrowser();
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SOON = { timeout: 15_000 };

/** What axe found on a page: the rule, and the first places. */
interface Violation {
  readonly id: string;
  readonly nodes: readonly {
    readonly target: readonly string[];
    readonly html: string;
    readonly failureSummary: string;
  }[];
}

/**
 * axe reads the texts of a drawing as one word (`demo0etherlower`), which no label has. The label of a node of the
 * graph has its name, type and hooks.
 */
const isDrawn = (id: string, html: string): boolean => id === "label-content-name-mismatch" && html.startsWith("<g ");

describe.skipIf(absent !== undefined)(`accessibility${absent === undefined ? "" : ` (${absent})`}`, () => {
  let data = "";
  let demo: Background;
  let browser: Browser;
  let url: string;
  let host = "";

  const api = async (path: string): Promise<Record<string, unknown>> =>
    (await (await fetch(`${url}/api/v1${path}`)).json()) as Record<string, unknown>;

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "ngflow-e2e-axe-"));
    const http = `127.0.0.1:${await freeTcpPort()}`;
    url = `http://${http}`;
    demo = new Background([
      ...NGFLOW,
      "demo",
      "--no-story",
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
    await demo.until("rows in the store", async () => (await stored()) > 2000, 90_000);
    host = ((await api("/query?by=SrcAddr&top=1&last=15m"))["rows"] as { SrcAddr: string }[])[0]!.SrcAddr;
    await fetch(`${url}/api/v1/saved/dns`, {
      method: "PUT",
      headers: { "content-type": "application/json", "if-none-match": "*" },
      body: JSON.stringify({ title: "DNS", kind: "filter", text: "port 53" }),
    });
    await fetch(`${url}/api/v1/saved/home`, {
      method: "PUT",
      headers: { "content-type": "application/json", "if-none-match": "*" },
      body: JSON.stringify({ title: "Home", kind: "page", text: "/?cards=dns" }),
    });
    // One fires soon, one is only listed.
    const always = { name: "always", condition: "threshold", metric: "flows", above: 0, window: "10s" };
    for (const rule of [
      { ...always, time: "arrival", by: ["Proto"] },
      { ...always, name: "never", above: "1T" },
    ]) {
      await fetch(`${url}/api/v1/alerts/rules/${rule.name}`, {
        method: "PUT",
        headers: { "content-type": "application/json", "if-none-match": "*" },
        body: JSON.stringify(rule),
      });
    }
    browser = await openBrowser();
    await browser.context.addInitScript(AXE);
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  /**
   * Pages, what is there when they are complete, and what is opened on them. Each is of another view than the one
   * before it: what is there then is its own.
   */
  const PAGES: readonly (readonly [path: string, ready: string, click?: string])[] = [
    ["/?from=now-5m", '[aria-label="Groups"] li, [aria-label="グループ"] li'],
    ["/explore?from=now-5m&dims=SrcAddr/24/48,ServicePort", ".result tbody tr", ".result tbody button"],
    ["/flows", "[data-column=SrcAddr]", "td.open button"],
    ["/explore?from=now-5m&chart=heatmap", ".result table"],
    ["/exporters", "main tbody button", "main tbody button"],
    ["/explore?from=now-5m&chart=sankey", ".result tbody tr"],
    ["/alerts", "td.fires", "section[aria-label] header button"],
    ["/explore?from=now-5m&chart=map", ".map path"],
    ["/pipeline", "main ol li", "main .panel header button"],
    ["/graph", "svg .node", "svg .node.meter"],
    ["/explain", "textarea"],
    ["/host/HOST", ".rankings table"],
    ["/saved", "main table"],
    ["/interface/127.0.0.1/1", ".rankings table"],
    ["/docs", "article table"],
    ["/port/443", ".rankings table"],
    ["/docs/reference/collector-counters", "article table"],
    ["/no/such", "main a, main p"],
    ["/docs/tutorials/netflow-exporter", "article h2"],
  ];

  test.each([
    ["light", 1440, "en"],
    ["dark", 390, "ja"],
  ] as const)(
    "every page in %s, %i px wide, %s",
    async (scheme, width, language) => {
      const { page } = browser;
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.goto(`${url}/saved`);
      await page.evaluate(`localStorage.setItem("ngflow-language", "${language}")`);
      await page.reload();
      const found: Record<string, string[]> = {};
      for (const [path, ready, click] of PAGES) {
        await follow(page, path.replace("HOST", host));
        await page.locator(ready).first().waitFor();
        if (click) await page.locator(click).first().click();
        if (path === "/explain") {
          await page.locator("form .row button").nth(1).click();
          await page.locator("form .row button").first().click();
          await page.locator(".stage img").waitFor();
        }
        // Old answers are dimmed until the next ones are there.
        await expect.poll(() => page.locator(".stale").count(), SOON).toBe(0);
        if ((await page.evaluate("document.documentElement.scrollWidth")) !== width) found[`${path} width`] = [];
        const { violations } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
          violations: Violation[];
        };
        for (const { id, nodes: all } of violations) {
          const nodes = all.filter(({ html }) => !isDrawn(id, html));
          if (nodes.length === 0) continue;
          found[`${path} ${id}`] = nodes
            .slice(0, 3)
            .map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`);
        }
      }
      await page.evaluate("localStorage.clear()");
      expect(found).toEqual({});
      // Nineteen pages, and each is examined as a whole.
    },
    240_000,
  );
});
