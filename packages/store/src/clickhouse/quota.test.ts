import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createStore, spoolDirectory } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import { batchOf } from "../testing/rows.ts";

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 1);
let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-quota-"));
  const spool = createSpool({ directory: spoolDirectory(root) });
  await spool.start();
  for (let day = 0; day < 4; day++) {
    spool.write(
      batchOf(Array.from({ length: 100 }, () => ({ TimeReceived: T0 + day * DAY, TimeEnd: T0 + day * DAY, Bytes: 1 }))),
    );
  }
  await spool.stop();
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/**
 * Days that have flows (no roll-up has ports) after a store with these limits took what is in the spool and was started
 * once more.
 */
async function daysLeft(limits: {
  maxBytes?: number;
  minFreeBytes?: number;
}): Promise<{ days: string[]; rowsDropped: number }> {
  const filling = createStore({ directory: root, retentionDays: 0, ingest: false });
  await filling.start();
  await filling.drain();
  const { bytesTotal } = await filling.stats();
  await filling.stop();
  const maxBytes = limits.maxBytes === undefined ? undefined : Math.round(bytesTotal * limits.maxBytes);
  const store = createStore({
    directory: root,
    retentionDays: 0,
    ...limits,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
  await store.start();
  const { rows } = await store.query({ fromMs: T0, toMs: T0 + 5 * DAY, by: ["SrcPort"], metric: "flows", stepMs: DAY });
  const { rowsDropped } = await store.stats();
  await store.stop();
  return { days: rows.map((row) => String(row["time"]).slice(0, 10)), rowsDropped };
}

it("keeps everything without limits", async () => {
  expect(await daysLeft({})).toEqual({
    days: ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"],
    rowsDropped: 0,
  });
}, 30_000);

it("drops the oldest days above its bytes", async () => {
  expect(await daysLeft({ maxBytes: 0.6 })).toEqual({ days: ["2026-01-03", "2026-01-04"], rowsDropped: 200 });
}, 30_000);

it("drops all but the newest day when the disk has too little room", async () => {
  expect(await daysLeft({ minFreeBytes: 2 ** 52 })).toEqual({ days: ["2026-01-04"], rowsDropped: 300 });
}, 30_000);
