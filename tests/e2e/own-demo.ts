import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Background, NGFLOW } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";

/** A demo that one file of tests may change and stop. */
export interface OwnDemo {
  readonly url: string;
  /** Stops it; its data stays until `remove`. */
  stop(): Promise<unknown>;
  remove(): Promise<void>;
  /** An answer of its API. */
  api(path: string): Promise<Record<string, unknown>>;
}

/** Starts `ngflow demo --no-story` with more options, and waits for some rows. */
export async function startDemo(more: readonly string[] = [], leastRows = 500): Promise<OwnDemo> {
  const data = mkdtempSync(join(tmpdir(), "ngflow-e2e-own-"));
  const http = `127.0.0.1:${await freeTcpPort()}`;
  const url = `http://${http}`;
  const words = ["demo", "--no-story", "--seed", "7", "--http", http, "--data", data];
  const demo = new Background([...NGFLOW, ...words, "--control", join(data, "control.sock"), ...more]);
  const api = async (path: string): Promise<Record<string, unknown>> =>
    (await (await fetch(`${url}/api/v1${path}`)).json()) as Record<string, unknown>;
  const stored = async () => Number((await api("/pipeline").catch(() => ({ rowsStored: 0 })))["rowsStored"]);
  const remove = async (): Promise<void> => {
    await demo.stop();
    rmSync(data, { recursive: true, force: true });
  };
  try {
    await demo.until("rows in the store", async () => (await stored()) > leastRows, 90_000);
  } catch (error) {
    await remove();
    throw error;
  }
  return { url, api, stop: () => demo.stop(), remove };
}
