import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { formatIp, parseIp } from "@ngflow/base";
import { TIERS } from "@ngflow/flows";
import { copyAnonymised, createStore, ledgerFile, spoolDirectory } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import type { Store } from "../store.ts";
import { batchOf, type TestRow } from "../testing/rows.ts";

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 2, 12);
const RANGE = { fromMs: T0 - 2 * DAY, toMs: T0 + DAY } as const;
const MAC = 0x020000000077;

let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-anonymous-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Flips every bit of an address: equal ones stay equal, and prefixes in common stay in common. */
function flip(bytes: Uint8Array, offset: number): void {
  const isV4 = bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff;
  if (bytes.subarray(offset, offset + 16).every((byte) => byte === 0)) return;
  for (let i = isV4 ? 12 : 0; i < 16; i++) bytes[offset + i]! ^= 0xff;
}
const flipped = (text: string): string => {
  const bytes = parseIp(text)!;
  flip(bytes, 0);
  return formatIp(bytes);
};

const HOW = {
  ip: flip,
  field: (key: string, text: string) => (key === "address" ? flipped(text) : key === "number" ? text : null),
  keepExporters: false,
  key: "one",
};

const row = (i: number): TestRow => ({
  ...{ TimeReceived: T0 - (i % 2) * DAY, TimeEnd: T0 - (i % 2) * DAY - i, Proto: i % 3 === 0 ? 6 : 17 },
  TimeStart: T0 - (i % 2) * DAY - (i % 5 === 0 ? 7_200_000 : 9000) - i,
  ...(i % 4 === 0
    ? { IpVersion: 6, SrcAddr: `2001:db8:77::${i % 7}`, DstAddr: "2001:db8:77::ff" }
    : { IpVersion: 4, SrcAddr: `10.77.0.${i % 7}`, DstAddr: "10.77.1.9" }),
  ...{ SrcAddrNAT: "203.0.113.77", DstAddrNAT: "203.0.113.78", NextHop: "10.77.2.1", BgpNextHop: "10.77.2.2" },
  ...{ ExporterAddr: "198.51.100.77", OriginalExporter: "198.51.100.78", SrcMac: MAC, DstMac: MAC, SrcNetId: 77 },
  ...{ SrcPort: 1000 + i, DstPort: 443, Bytes: 1000 + i, Packets: 1 + (i % 3), SamplingRate: 1 + (i % 2) },
  Extra: i % 3 === 0 ? { address: "10.77.3.3", number: "42", user: "anna", "0.999": "0x0a4d0303" } : {},
});

async function withStore<T>(directory: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = createStore({ directory, ingest: false, drop: false });
  await store.start();
  try {
    return await use(store);
  } finally {
    await store.stop();
  }
}

async function sql(store: Store, text: string): Promise<readonly object[]> {
  const { pieces } = await store.sqlInPieces({ sql: text, limit: 10_000 });
  return [...pieces].flat();
}

it("has the totals of the store to the byte, and no address of it anywhere", async () => {
  const [source, target] = [path.join(root, "source"), path.join(root, "target")];
  const spool = createSpool({ directory: spoolDirectory(source), ledgerFile: ledgerFile(source), flushMs: 60_000 });
  await spool.start();
  spool.write(batchOf(Array.from({ length: 240 }, (_, i) => row(i))));
  await spool.stop();

  // One that ends in the middle goes on, with the same key only.
  let days = 0;
  const interrupted = copyAnonymised({ directory: source }, target, HOW, {
    progress: () => {
      if (days++ > 5) throw new Error("interrupted");
    },
  });
  await expect(interrupted).rejects.toThrow("interrupted");
  await expect(copyAnonymised({ directory: source }, target, { ...HOW, key: "two" })).rejects.toMatchObject({
    code: "copy-target",
    exit: 64,
  });
  const report = await copyAnonymised({ directory: source }, target, HOW);
  expect(report.daysKept).toBe(6);
  expect(report.daysCopied).toBe(2 * TIERS.length - 6);
  await expect(copyAnonymised({ directory: source }, target, HOW)).rejects.toMatchObject({ code: "copy-target" });
  await expect(copyAnonymised({ directory: source }, source, HOW)).rejects.toMatchObject({ code: "copy-same" });

  const questions = [
    { by: ["Proto", "DstPort"], metric: "bytes" },
    { by: [], metric: "flows" },
    { by: ["Proto"], metric: "packets", stepMs: 3_600_000 },
  ] as const;
  const totals = (store: Store) =>
    Promise.all(questions.map(async (one) => (await store.query({ ...one, ...RANGE })).rows));
  const hosts = async (store: Store, map: (text: string) => string) => {
    const { rows, tier } = await store.query({
      by: ["SrcAddr"],
      metric: "bytes",
      top: 100,
      fromMs: T0 - DAY,
      toMs: T0,
    });
    expect(tier).toContain("1h-src");
    return rows.map((each) => `${map(String(each["SrcAddr"]))} ${each["bytes"]}`).sort();
  };
  const columns = "SrcAddr, DstAddr, SrcAddrNAT, NextHop, BgpNextHop, ExporterAddr, OriginalExporter";
  const [wantedTotals, wantedHosts] = await withStore(source, async (store) => [
    await totals(store),
    await hosts(store, flipped),
  ]);
  await withStore(target, async (store) => {
    expect(await totals(store)).toEqual(wantedTotals);
    expect(await hosts(store, String)).toEqual(wantedHosts);
    expect((await store.verify()).missing).toEqual([]);
    expect(await store.stats()).toMatchObject({ rowsTotal: 240, ledgerStored: 240, rowsMissing: 0, rowsUnexpected: 0 });
    expect(await sql(store, `SELECT ${columns} FROM flows WHERE SrcPort = 1001`)).toEqual([
      {
        ...{ SrcAddr: flipped("10.77.0.1"), DstAddr: flipped("10.77.1.9"), SrcAddrNAT: flipped("203.0.113.77") },
        ...{ NextHop: flipped("10.77.2.1"), BgpNextHop: flipped("10.77.2.2") },
        ...{ ExporterAddr: flipped("198.51.100.77"), OriginalExporter: flipped("198.51.100.78") },
      },
    ]);
    const { rows } = await store.flows({ ...RANGE, filter: "SrcPort = 1003" });
    expect(rows[0]).toMatchObject({ Extra: { address: flipped("10.77.3.3"), number: "42" }, SrcNetId: 0 });
    const everything = JSON.stringify(
      await Promise.all(TIERS.map(({ table }) => sql(store, `SELECT * FROM ${table}`))),
    );
    expect(everything).toContain(flipped("10.77.0.1"));
    for (const text of ["10.77.", "2001:db8", "203.0.113", "198.51.100", "anna", "0x0a4d", String(MAC)])
      expect(everything.includes(text), text).toBe(false);
    await store.compact();
  });
  // Compressed columns have some addresses as they are.
  const addresses = ["10.77.0.1", "10.77.1.9", "10.77.3.3", "2001:db8:77::1", "203.0.113.77", "198.51.100.77"];
  const inFiles = async (directory: string): Promise<readonly string[]> => {
    const entries = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((each) =>
      each.isFile(),
    );
    const files = await Promise.all(entries.map((entry) => readFile(path.join(entry.parentPath, entry.name))));
    return addresses.filter((text) =>
      files.some((bytes) => bytes.includes(Buffer.from(parseIp(text)!)) || bytes.includes(text)),
    );
  };
  expect(await inFiles(source)).toContain("10.77.1.9");
  expect(await inFiles(target)).toEqual([]);
  expect((await readdir(target)).sort()).toEqual(["ledger.json", "store"]);
}, 120_000);
