import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChdbBackend } from "../chdb/backend.ts";
import { createSpool } from "../spool/spool.ts";
import { batchOf, type TestRow } from "../testing/rows.ts";
import { createClickHouseStore } from "./store.ts";
import { cityHash, type KeyHash } from "./wide-groups.ts";

const FLOWS = 10_000;
const BY = ["SrcAddr", "DstAddr", "SrcPort", "DstPort", "Proto"];
const RANGE = { fromMs: 0, toMs: 100_000, by: BY, metric: "bytes" } as const;
/** Mixed by the hash of the database first: which groups share a hash is not known to the test. */
const HASHES: readonly (readonly [name: string, hash: KeyHash])[] = [
  ["all of 64 bits", cityHash],
  ["13 bits: some groups share one", (keys) => `bitAnd(${cityHash(keys)}, 8191)`],
  ["11 bits: each is that of a few groups", (keys) => `bitAnd(${cityHash(keys)}, 2047)`],
  ["one value", (keys) => `bitAnd(${cityHash(keys)}, 0)`],
];

/** Groups with a few rows each; thousands of them have the same total. */
const ROWS: readonly TestRow[] = Array.from({ length: FLOWS }, (_, i) => {
  const group = i % 5000;
  const bytes = group < 20 ? 10_000 + group : group < 4000 ? 1000 + (group % 7) : 900;
  return {
    ...{ TimeReceived: 50_000, TimeStart: 40_000, TimeEnd: 41_000 },
    ...{ SrcAddr: `10.0.${group % 50}.1`, DstAddr: `10.1.0.${group % 11}`, SrcPort: 1000 + group, DstPort: 443 },
    ...{ Proto: 6, Bytes: bytes, Packets: 1 },
  };
});

describe("the largest groups of wide keys", () => {
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), "ngflow-wide-"));
  });

  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  /** All groups in the order of an answer: by bytes, then by the keys as numbers. */
  function ranked(): (string | number)[][] {
    const groups = new Map<number, { row: TestRow; bytes: number }>();
    for (const row of ROWS) {
      const port = Number(row.SrcPort);
      const group = groups.get(port) ?? { row, bytes: 0 };
      groups.set(port, { row, bytes: group.bytes + Number(row.Bytes) });
    }
    const number = (address: unknown): number =>
      String(address)
        .split(".")
        .reduce((sum, byte) => 256 * sum + Number(byte), 0);
    const key = ({ SrcAddr, DstAddr, SrcPort }: TestRow): number[] => [
      number(SrcAddr),
      number(DstAddr),
      Number(SrcPort),
    ];
    return [...groups.values()]
      .sort((a, b) => {
        const [x, y] = [key(a.row), key(b.row)];
        return b.bytes - a.bytes || x.map((part, i) => part - y[i]!).find((difference) => difference !== 0)!;
      })
      .map(({ row, bytes }) => [row.SrcAddr as string, row.DstAddr as string, Number(row.SrcPort), bytes]);
  }

  it.each(HASHES)("are exact with a hash of %s", async (name, keyHash) => {
    const folder = path.join(root, name.slice(0, 2));
    const [spoolDirectory, ledgerFile] = [path.join(folder, "spool"), path.join(folder, "ledger.json")];
    const spool = createSpool({ directory: spoolDirectory, ledgerFile });
    await spool.start();
    spool.write(batchOf(ROWS));
    await spool.stop();
    const settings = { spoolDirectory, ledgerFile, retentionDays: 0, ingest: false, keyHash };
    const store = createClickHouseStore(settings, createChdbBackend(path.join(folder, "store")));
    await store.start();
    try {
      await store.drain();
      const all = ranked();
      const total = all.reduce((sum, row) => sum + Number(row[3]), 0);
      for (const top of [1, 10, 100]) {
        const { rows } = await store.query({ ...RANGE, top });
        const wanted = all.slice(0, top);
        const found = rows.slice(0, -1).map((row) => [row["SrcAddr"], row["DstAddr"], row["SrcPort"], row["bytes"]]);
        expect(found).toEqual(wanted);
        const rest = total - wanted.reduce((sum, row) => sum + Number(row[3]), 0);
        expect(rows.at(-1)).toEqual({ ...Object.fromEntries(BY.map((by) => [by, null])), bytes: rest });
      }
      const few = await store.query({ ...RANGE, top: 10, filter: "src port < 1003" });
      expect(few.rows.map((row) => row["bytes"])).toEqual([20_004, 20_002, 20_000]);
    } finally {
      await store.stop();
    }
  });
});
