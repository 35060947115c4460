import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { QuerySpec } from "@ngflow/flows";
import { createStore, spoolDirectory } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import type { Spool } from "../spool/spool-types.ts";
import type { Store } from "../store.ts";
import { batchOf, type TestRow } from "../testing/rows.ts";

const T0 = Date.UTC(2026, 0, 2, 12);
const AT = T0 + 60_000;
const OWN = {
  ExporterAddr: "127.0.0.1",
  SrcAddr: "10.0.0.1",
  DstAddr: "192.0.2.1",
  SrcPort: 5000,
  DstPort: 443,
  Proto: 6,
};
const RANGE = { fromMs: T0, toMs: AT, by: [], metric: "bytes" } as const;
let root: string;
let store: Store;
let spool: Spool;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-live-"));
  spool = createSpool({ directory: spoolDirectory(root), flushMs: 20 });
  await spool.start();
  store = createStore({ directory: root, retentionDays: 0, ingest: false });
  await store.start();
  await stored({ ...OWN, SrcPort: 4000, TimeStart: T0, TimeEnd: T0 + 1000, TimeReceived: T0 + 2000, Bytes: 1000 });
}, 60_000);
afterAll(async () => {
  await spool.stop();
  await store.stop();
  await rm(root, { recursive: true, force: true });
});

async function stored(row: TestRow): Promise<void> {
  spool.write(batchOf([row]));
  await spool.flush();
  await store.drain();
}

async function live(spec: Partial<QuerySpec> = {}): Promise<unknown[]> {
  const { frame, pieces } = await store.queryInPieces({ ...RANGE, ...spec }, { live: true });
  return [frame.liveAt, [...pieces].flat()];
}

const liveAt = new Date(AT).toISOString();

it("flows under way count in answers that ask for them, spread over their life so far, until they are stored", async () => {
  const flow = { ...OWN, TimeStart: T0 + 50_000, TimeEnd: T0 + 54_000, Bytes: 400, Packets: 4 };
  const other = { ...flow, SrcPort: 5001, Proto: 17, Bytes: 7, Packets: 1 };
  await store.holdLive({ batch: batchOf([flow, other]), atMs: AT });
  expect((await store.query(RANGE)).rows).toEqual([{ bytes: 1000 }]);
  expect(await live()).toEqual([liveAt, [{ bytes: 1407 }]]);
  expect(await live({ by: ["Proto"], fromMs: T0 + 50_000, stepMs: 2000, filter: "proto tcp" })).toEqual([
    liveAt,
    [
      { time: "2026-01-02T12:00:50.000Z", Proto: "tcp", bytes: 200 },
      { time: "2026-01-02T12:00:52.000Z", Proto: "tcp", bytes: 200 },
    ],
  ]);
  expect(await live({ metric: "bpp" })).toEqual([liveAt, [{ bpp: 1407 / 5 }]]);
  // Sums of minutes and flows under way together.
  await store.rollUp();
  expect(await live({ by: ["Proto"], stepMs: 60_000 })).toMatchObject([liveAt, [{ bytes: 1400 }, { bytes: 7 }]]);

  // The record has milliseconds, and came after the cache was looked at.
  await stored({
    ...flow,
    TimeStart: T0 + 50_999,
    TimeEnd: T0 + 59_000,
    TimeReceived: AT + 500,
    Bytes: 900,
    Packets: 9,
  });
  expect(await live()).toEqual([liveAt, [{ bytes: 1907 }]]);
  await store.holdLive({ batch: batchOf([other]), atMs: AT + 2000 });
  expect(await live()).toEqual([new Date(AT + 2000).toISOString(), [{ bytes: 1907 }]]);
  await store.holdLive(null);
  expect(await live()).toEqual([undefined, [{ bytes: 1900 }]]);
});

it("flows under way do not count where they do not have what is asked", async () => {
  await store.holdLive({ batch: batchOf([{ ...OWN, TimeStart: T0, TimeEnd: T0 + 1, Bytes: 5 }]), atMs: AT });
  const without: Partial<QuerySpec>[] = [
    { metric: "flows" },
    { metric: "distinct:SrcAddr" },
    { time: "arrival" },
    { by: ["Vlan"] },
    { filter: "bytes > 1" },
    { filter: "duration < 1s" },
    { filter: "mac 0a:0b:0c:0d:0e:0f" },
    { fromMs: T0 - 60_000, toMs: T0 },
  ];
  for (const spec of without) expect((await live(spec))[0]).toBeUndefined();
  expect((await live({ by: ["ServicePort", "SrcAddr/24"], filter: "not net 172.16/12" }))[0]).toBe(liveAt);
});

it("an answer has the flows of one moment, however often they change meanwhile", async () => {
  const hold = (n: number) => {
    const flows = Array.from({ length: 50 }, (_, i) => ({
      ...OWN,
      SrcPort: i,
      TimeStart: T0,
      TimeEnd: T0 + 1,
      Bytes: n,
    }));
    return store.holdLive({ batch: batchOf(flows), atMs: AT + n });
  };
  await hold(1);
  let ended = false;
  const changing = (async () => {
    for (let n = 2; !ended; n++) await hold(n);
  })();
  try {
    for (let i = 0; i < 30; i++) {
      const [at, rows] = (await live()) as [string | undefined, { bytes: number }[]];
      expect(rows[0]!.bytes).toBe(1900 + (at === undefined ? 0 : 50 * (Date.parse(at) - AT)));
    }
  } finally {
    ended = true;
    await changing;
  }
});
