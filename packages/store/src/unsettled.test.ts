import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { askUnsettled } from "@ngflow/flows";
import { createSpool } from "./spool/spool.ts";
import { createStore, spoolDirectory } from "./create-store.ts";
import { batchOf, type TestRow } from "./testing/rows.ts";

const MINUTE_MS = 60_000;

it("how long flows take is measured where they came when they ended, not where history was sent", async () => {
  const root = await mkdtemp(path.join(tmpdir(), "ngflow-unsettled-"));
  const nowMs = Date.now();
  const row = (exporter: string, startMs: number, endMs: number, arrivedMs: number): TestRow => ({
    ExporterAddr: exporter,
    TimeStart: nowMs - startMs,
    TimeEnd: nowMs - endMs,
    TimeReceived: nowMs - arrivedMs,
  });
  const spool = createSpool({ directory: spoolDirectory(root) });
  await spool.start();
  // One whose active timeout is five minutes; one that had sent nothing for 40 minutes, and whose flows are short.
  spool.write(
    batchOf([
      row("192.0.2.1", 7 * MINUTE_MS, 2 * MINUTE_MS, 2 * MINUTE_MS),
      row("192.0.2.2", 50 * MINUTE_MS, 41 * MINUTE_MS, MINUTE_MS),
      row("192.0.2.2", 2 * MINUTE_MS, MINUTE_MS, MINUTE_MS),
    ]),
  );
  await spool.stop();
  const store = createStore({ directory: root });
  try {
    await store.start();
    await expect.poll(async () => (await store.stats()).rowsTotal).toBe(3);
    expect(await askUnsettled(store, nowMs)).toEqual([
      { fromMs: nowMs - 5 * MINUTE_MS, exporter: "192.0.2.1" },
      { fromMs: nowMs - MINUTE_MS, exporter: "192.0.2.2" },
    ]);
  } finally {
    await store.stop();
    await rm(root, { recursive: true, force: true });
  }
});
