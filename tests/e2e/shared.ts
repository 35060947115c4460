import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { Background, NGFLOW } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { absentBrowser, CHROMIUM, FLAGS } from "./chromium.ts";

declare module "vitest" {
  interface ProvidedContext {
    browserEndpoint: string;
    demoUrl: string;
  }
}

/** Rows that the store has before a test begins. */
const ROWS = 500;

let stop: (() => Promise<void>) | undefined;

/** One browser for all files, and one demo for those that only look at it. Vitest calls it before the first file. */
export async function setup(project: TestProject): Promise<void> {
  project.provide("browserEndpoint", "");
  project.provide("demoUrl", "");
  if (absentBrowser() !== undefined) return;
  const browser = await chromium.launchServer({ executablePath: CHROMIUM, headless: true, args: FLAGS });
  const data = mkdtempSync(join(tmpdir(), "ngflow-e2e-"));
  const http = `127.0.0.1:${await freeTcpPort()}`;
  const words = ["demo", "--no-story", "--seed", "7", "--http", http, "--data", data];
  const demo = new Background([...NGFLOW, ...words, "--control", join(data, "control.sock")]);
  stop = async () => {
    await browser.close();
    await demo.stop();
    rmSync(data, { recursive: true, force: true });
  };
  const stored = async (): Promise<number> =>
    fetch(`http://${http}/api/v1/pipeline`)
      .then(async (answer) => ((await answer.json()) as { rowsStored: number | null }).rowsStored ?? 0)
      .catch(() => 0);
  try {
    await demo.until("rows in the store", async () => (await stored()) > ROWS, 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide("browserEndpoint", browser.wsEndpoint());
  project.provide("demoUrl", `http://${http}`);
}

/** After the last file. */
export async function teardown(): Promise<void> {
  await stop?.();
}
