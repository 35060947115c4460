import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Background, must, NGFLOW } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { absentBrowser, type Browser, follow, openBrowser } from "./browser.ts";

const absent = absentBrowser();
const FLOWS = 2_000_000;
const START = Date.parse("2026-01-05T08:00:00Z");
/** Flows a second: the day has no more room than some minutes. */
const RATE = 2000;
const RANGE = `from=${new Date(START).toISOString()}&to=${new Date(START + (1000 * FLOWS) / RATE).toISOString()}`;
/** Every flow is a group of its own, in bins of a minute, and the largest of each bin count. */
const HEAVY = `/explore?${RANGE}&dims=SrcAddr,DstAddr,SrcPort,DstPort,Proto&order=peak&bins=60&top=50`;

describe.skipIf(absent !== undefined)(
  `a slow question in a browser${absent === undefined ? "" : ` (${absent})`}`,
  () => {
    let folder = "";
    let url = "";
    let server: Background | undefined;
    let browser: Browser;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "ngflow-e2e-slow-"));
      const [capture, data] = [join(folder, "flows.pcap"), join(folder, "data")];
      const from = new Date(START).toISOString();
      must(
        [...NGFLOW, "generate", "--to", capture, "--format", "v5", "--start", from, "--quiet"].concat(
          "--rate",
          `${RATE}`,
          "--count",
          `${FLOWS}`,
        ),
        { timeoutMs: 60_000 },
      );
      must([...NGFLOW, "import", "--data", data, capture], { timeoutMs: 110_000 });
      const port = await freeTcpPort();
      server = new Background([...NGFLOW, "serve", "--data", data, "--http", `127.0.0.1:${port}`]);
      url = `http://127.0.0.1:${port}`;
      await server.until("the server", () => server!.stdout.includes("console"), 60_000);
      browser = await openBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      await server?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test("how far it is is shown, it is cancelled, nothing is asked until the reader wants it, and others are answered", async () => {
      const { page } = browser;
      const status = page.locator(".slow");
      await page.goto(url + HEAVY);
      await expect
        .poll(() => status.textContent(), { timeout: 30_000 })
        .toMatch(/of about [\d.]+\sM rows read in \d+ s/);
      expect(await page.locator(".result").textContent()).toContain("Loading");
      await status.getByRole("button", { name: "Cancel" }).click();
      await expect.poll(() => status.textContent()).toContain("Cancelled: there is no answer.");
      expect(await page.locator(".result").textContent()).toContain("Cancelled");
      const asked: string[] = [];
      page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      await page.waitForTimeout(3000);
      expect(asked.filter((path) => /\/(query|progress)$/.test(path))).toEqual([]);
      await status.getByRole("button", { name: "Ask again" }).click();
      await expect.poll(() => status.textContent(), { timeout: 30_000 }).toContain("rows read");
      // Another view ends the question of this one.
      await follow(page, `/explore?${RANGE}&dims=Proto`);
      await page.locator(".result tbody tr").first().waitFor();
      await expect.poll(() => status.count()).toBe(0);
      expect(browser.complaints).toEqual([]);
    });
  },
);
