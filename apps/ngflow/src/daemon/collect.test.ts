import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectorFile, type CollectorState, startCollect } from "./collect.ts";
import { createLog } from "./log.ts";

const log = createLog("test", { quiet: true });
const listen = [{ host: "127.0.0.1", port: 0 }];
let dataDirectory: string;

beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), "ngflow-collect-"));
});
afterEach(() => rmSync(dataDirectory, { recursive: true, force: true }));

/** What a collector in another process, one that lives, would have left. */
function other(): string {
  const hop = { counters: {}, lastSeenMs: null };
  const state: CollectorState = { pid: process.ppid, collector: hop, spool: hop, exporters: [] };
  collectorFile(dataDirectory).write(state);
  return join(dataDirectory, "run", "collect.json");
}

describe("a collector", () => {
  it("tells of itself from its start to its end", async () => {
    const collect = await startCollect({ dataDirectory, listen }, log);
    expect(collectorFile(dataDirectory).read()?.pid).toBe(process.pid);
    await collect.stop();
    expect(collectorFile(dataDirectory).read()).toBeUndefined();
  });

  it("does not start beside another of its data directory", async () => {
    other();
    await expect(startCollect({ dataDirectory, listen }, log)).rejects.toMatchObject({
      code: "collector-held",
      exit: 71,
      message: expect.stringContaining(`process ${process.ppid};`),
    });
  });

  it("starts after one that was killed, though its number belongs to somebody else", async () => {
    const past = new Date(Date.now() - 60_000);
    utimesSync(other(), past, past);
    const collect = await startCollect({ dataDirectory, listen }, log);
    expect(collect.ports[0]).toBeGreaterThan(0);
    await collect.stop();
  });
});
