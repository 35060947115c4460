import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { silentLog } from "@ngflow/base";
import { FlowBatch } from "@ngflow/flows";
import { afterAll, expect, test } from "vitest";
import { IngestNames } from "../ingest-names.ts";
import { manyPrefixes } from "./testing/many-prefixes.ts";
import { random } from "./testing/random.ts";
import { writeMmdb } from "./testing/write-mmdb.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-mmdb-"));
let names: IngestNames | undefined;
afterAll(async () => {
  await names?.stop();
  rmSync(folder, { recursive: true });
});

const PREFIXES = 1_000_000;
const FLOWS = 20_000;

test("flows get the AS of a file of a million prefixes, of the one that replaces it, and not of half a file", async () => {
  const [path, next] = [join(folder, "as.mmdb"), join(folder, "next")];
  const many = manyPrefixes(PREFIXES);
  const bytes = writeMmdb(many.prefixes);
  writeFileSync(path, bytes);
  const sink = { write: ({ rows }: FlowBatch) => rows };
  const config = { mmdb: [path], stateDir: join(folder, "state") };
  names = new IngestNames(config, sink, { log: silentLog, clock: { nowMs: Date.now } });
  await names.start();
  expect(names.status()[0]).toMatchObject({ state: "current", entries: PREFIXES, error: null });

  const batch = new FlowBatch(FLOWS);
  batch.trackWritten();
  const draw = random(2);
  /** Flows of random addresses: how many have another AS than the ranges say, and how many have one. */
  const compare = (of: (address: number) => number): { wrong: number; found: number } => {
    let [wrong, found] = [0, 0];
    for (let r = 0; r < FLOWS; r++) {
      const address = Math.floor(draw() * 2 ** 32);
      batch.columns.SrcAddr.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255], 16 * r);
      for (let i = 0; i < 4; i++) batch.columns.SrcAddr[16 * r + 12 + i] = (address >>> (24 - 8 * i)) & 255;
    }
    const addresses = batch.columns.SrcAddr.slice();
    batch.rows = FLOWS;
    names!.sink.write(batch);
    for (let r = 0; r < FLOWS; r++) {
      const at = 16 * r + 12;
      const expected = of(addresses.subarray(at, at + 4).reduce((sum, byte) => 256 * sum + byte, 0));
      if (expected !== 0) found++;
      if (batch.columns.SrcAS[r] !== expected) wrong++;
    }
    batch.clear();
    return { wrong, found };
  };
  const first = compare(many.asOf);
  expect(first.wrong).toBe(0);
  expect(first.found).toBeGreaterThan(FLOWS / 10);

  const read = async (what: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 20 && !what(); tries++) await names!.refresh().then(() => setTimeout(10));
    expect(what()).toBe(true);
  };
  writeFileSync(next, bytes.subarray(0, bytes.length / 2));
  renameSync(next, path);
  await read(() => names!.status()[0]!.state === "stale");
  expect(names.status()[0]).toMatchObject({ entries: PREFIXES, error: expect.stringContaining("MMDB") });
  expect(compare(many.asOf).wrong).toBe(0);

  const others = manyPrefixes(50_000, 3);
  writeFileSync(next, writeMmdb(others.prefixes));
  renameSync(next, path);
  await read(() => names!.status()[0]!.entries === 50_000);
  expect(names.status()[0]).toMatchObject({ state: "current", error: null });
  const second = compare(others.asOf);
  expect([second.wrong, second.found > 0]).toEqual([0, true]);
}, 120_000);
