import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { QuerySpec } from "@ngflow/flows";
import { createStore } from "@ngflow/store";
import { bytes, set, v9, v9Options } from "@ngflow/wire/testing";
import { savedNames } from "../daemon/saved-names.ts";
import { type ImportedFile, importFiles } from "./import-files.ts";

const T0 = Date.UTC(2026, 0, 5, 9);
let root: string;
let data: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-import-"));
  data = path.join(root, "data");
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** NetFlow v5 datagrams of one record each, one after the other; record n has n bytes. */
function datagrams(from: number, count: number): Buffer {
  const all = Buffer.alloc(72 * count);
  for (let i = 0; i < count; i++) {
    const o = 72 * i;
    const n = from + i;
    all.writeUInt16BE(5, o);
    all.writeUInt16BE(1, o + 2);
    all.writeUInt32BE(60_000, o + 4);
    all.writeUInt32BE(T0 / 1000, o + 8);
    all.writeUInt32BE(n, o + 16);
    all.writeUInt32BE(0x0a00_0001, o + 24);
    all.writeUInt32BE(0x0a00_0002, o + 28);
    all.writeUInt32BE(1, o + 40);
    all.writeUInt32BE(n, o + 44);
    all.writeUInt32BE(1000, o + 48);
    all.writeUInt32BE(2000, o + 52);
    all[o + 62] = 17;
  }
  return all;
}

/** A list as `nfdump -o json` prints it. */
function nfdumpJson(records: readonly object[]): string {
  return `[\n${records.map((record) => JSON.stringify(record, null, "\t").replaceAll('": ', '" : ')).join(",\n")}]\n`;
}

const record = (n: number): object => ({
  type: "FLOW",
  first: "2026-01-05T09:00:01.087Z",
  last: "2026-01-05T09:00:02.100Z",
  received: "2026-01-05T09:00:03.000Z",
  in_packets: 2,
  in_bytes: n,
  proto: 6,
  tcp_flags: "...AP.SF",
  src_port: 40_627,
  dst_port: 443,
  src4_addr: "10.20.0.14",
  dst4_addr: "192.0.2.1",
  in_src_mac: "02:00:00:00:00:0a",
  mpls_1: "200-0-1",
  label: "<none>",
});

async function imported(files: readonly string[], stopAfter = Number.POSITIVE_INFINITY): Promise<ImportedFile[]> {
  const all: ImportedFile[] = [];
  let asked = 0;
  const events = { stopped: () => ++asked > stopAfter, progress: () => undefined, waiting: () => undefined };
  for await (const file of importFiles(files, data, undefined, events)) all.push(file);
  return all;
}

/** Flows and bytes that the store has, and its ledger. */
async function totals(): Promise<unknown> {
  const store = createStore({ directory: data, retentionDays: 0, ingest: false });
  await store.start();
  try {
    await store.drain();
    const ask = async (metric: QuerySpec["metric"]): Promise<unknown> =>
      (await store.query({ by: [], metric, fromMs: T0 - 3_600_000, toMs: T0 + 3_600_000 })).rows[0]![metric];
    const { rowsMissing, rowsUnexpected, ledgerStored, ledgerAcknowledged } = await store.stats();
    expect({ rowsMissing, rowsUnexpected }).toEqual({ rowsMissing: 0, rowsUnexpected: 0 });
    expect(ledgerAcknowledged).toBe(ledgerStored);
    return [await ask("flows"), await ask("bytes")];
  } finally {
    await store.stop();
  }
}

async function file(name: string, content: string | Buffer): Promise<string> {
  const made = path.join(root, name);
  await writeFile(made, content);
  return made;
}

const sum = (count: number): number => (count * (count + 1)) / 2;

describe("an import", () => {
  it("of datagrams happens once, whatever the file is called, and goes on when the file has grown", async () => {
    const first = await file("a.dat", datagrams(1, 30));
    expect(await imported([first])).toMatchObject([
      { kind: "datagrams", outcome: "imported", flows: 30, flowsBefore: 0 },
    ]);
    const again = await file("b.dat", datagrams(1, 30));
    expect(await imported([first, again])).toMatchObject([
      { outcome: "already imported", flows: 0, flowsBefore: 30 },
      { outcome: "already imported", flows: 0 },
    ]);
    const grown = await file("a.dat", datagrams(1, 50));
    expect(await imported([grown])).toMatchObject([{ outcome: "imported", flows: 20, flowsBefore: 30 }]);
    expect(await imported([again, grown])).toMatchObject([{ flows: 0 }, { flows: 0 }]);
    expect(await totals()).toEqual([50, sum(50)]);
  }, 60_000);

  it("of what is compressed knows what was imported before it was", async () => {
    await imported([await file("a.dat", datagrams(1, 30))]);
    const compressed = await file("a.dat.gz", gzipSync(datagrams(1, 30)));
    expect(await imported([compressed])).toMatchObject([{ outcome: "already imported", flows: 0 }]);
    const grown = await file("b.dat.gz", gzipSync(datagrams(1, 40)));
    expect(await imported([grown])).toMatchObject([{ outcome: "imported", flows: 10, flowsBefore: 30 }]);
    const cut = gzipSync(datagrams(1, 50)).subarray(0, -8);
    expect(await imported([await file("c.dat.gz", cut)])).toMatchObject([{ outcome: "damaged" }]);
  }, 60_000);

  it("of an archive of nfdump that was compressed is that of its text", async () => {
    const json = nfdumpJson(Array.from({ length: 20 }, (_, n) => record(n + 1)));
    const packed = await file("a.json.gz", gzipSync(json));
    expect(await imported([packed])).toMatchObject([{ kind: "nfdump", outcome: "imported", flows: 20 }]);
    expect(await imported([await file("a.json", json)])).toMatchObject([{ outcome: "already imported" }]);
    const longer = gzipSync(nfdumpJson(Array.from({ length: 20_000 }, (_, n) => record(n + 100))));
    const cut = await imported([await file("cut.json.gz", longer.subarray(0, longer.length / 2))]);
    expect(cut).toMatchObject([{ kind: "nfdump", outcome: "damaged", error: expect.stringContaining("gzip") }]);
    expect(cut[0]!.flows).toBeGreaterThan(1000);
    expect(await imported([await file("a.zst", Buffer.from("28b52ffd04588900007b0a20202020", "hex"))])).toMatchObject([
      { outcome: "damaged", error: expect.stringMatching(/: compressed with zstd: zstd -dc FILE \| ngflow import -$/) },
    ]);
  });

  it("of nfcapd's own files says what to do with them", async () => {
    const nfcapd = await file("nfcapd.202601050900", Buffer.from("0ca5020000010701e4a20e6b00000000", "hex"));
    expect(await imported([nfcapd])).toMatchObject([
      {
        outcome: "damaged",
        error: expect.stringMatching(/: a file of nfcapd: nfdump -r FILE -o json \| ngflow import -$/),
      },
    ]);
  });

  it("keeps the names that exporters sent in options, from when they were sent", async () => {
    const options = v9(
      { seconds: T0 / 1000 },
      set(1, v9Options(300, [[2, 4]], [[82, 4]])),
      set(300, bytes([7, 4], [0x65746837, 4])),
    );
    await imported([await file("options.dat", Buffer.concat([options, datagrams(1, 1)]))]);
    expect(savedNames(data)()).toMatchObject([
      { kind: "interface", id: "7", name: "eth7", from: new Date(T0).toISOString(), to: null },
    ]);
    await imported([await file("more.dat", datagrams(5, 2))]);
    expect(savedNames(data)()).toHaveLength(1);
  });

  it("of a damaged file has what is before the fault, and names it", async () => {
    const damaged = await file("a.dat", Buffer.concat([datagrams(1, 5), Buffer.from("garbage that is no datagram")]));
    const [result] = await imported([damaged]);
    expect(result).toMatchObject({ outcome: "damaged", flows: 5, error: expect.stringMatching(/a\.dat.*offset 360/) });
    await expect(imported([path.join(root, "none")])).rejects.toMatchObject({ code: "import-no-input", exit: 66 });
    await expect(imported([root])).rejects.toMatchObject({ code: "import-no-input" });
    expect(await totals()).toEqual([5, sum(5)]);
  }, 60_000);

  it("of nfdump's JSON has every field, and counts what is left out", async () => {
    const { first: _, ...timeless } = record(7) as { first: string };
    const bad = { ...record(8), src_port: 70_000 };
    const text = nfdumpJson([record(1), timeless, record(2), bad, record(3)]);
    expect(await imported([await file("flows.json", text)])).toMatchObject([
      { kind: "nfdump", outcome: "imported", flows: 3, skipped: { "no times": 1, "a value out of range": 1 } },
    ]);
    expect(await totals()).toEqual([3, 6]);
    const store = createStore({ directory: data, retentionDays: 0, ingest: false });
    await store.start();
    const { rows } = await store.flows({ fromMs: T0, toMs: T0 + 60_000 });
    await store.stop();
    expect(rows[0]).toMatchObject({
      TimeStart: "2026-01-05T09:00:01.087Z",
      TimeEnd: "2026-01-05T09:00:02.100Z",
      TimeReceived: "2026-01-05T09:00:03.000Z",
      SrcAddr: "10.20.0.14",
      DstPort: 443,
      Proto: "tcp",
      TcpFlags: 0x1b,
      SrcMac: "02:00:00:00:00:0a",
      MplsLabel: 200,
      IpVersion: 4,
    });
  }, 60_000);

  it("of nfdump's CSV has the same", async () => {
    const text =
      "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,dtos,dir,nh,nhb,svln,dvln,ra,tr\n" +
      "2026-01-05T09:00:01Z,2026-01-05T09:00:02Z,1.013,10.20.0.14,192.0.2.1,40627,443,TCP,...AP.SF,0,0,2,1,0,0,1,2," +
      "0,0,0,0,0,0,0.0.0.0,0.0.0.0,0,0,127.0.0.1,2026-01-05T09:00:03.000Z\n" +
      "2026-01-05T09:00:01Z,2026-01-05T09:00:01Z,0.000,2001:db8::1,2001:db8::2,0,128.0,ICMP6,........,0,0,2,2,0,0,1,2," +
      "0,0,0,0,0,0,::,::,0,0,::1,2026-01-05T09:00:03.000Z\nhalf a line\nSummary\nflows,bytes\n2,3\n";
    expect(await imported([await file("flows.csv", text)])).toMatchObject([
      { kind: "nfdump", flows: 2, skipped: { "not a record": 1 } },
    ]);
    expect(await totals()).toEqual([2, 3]);
  }, 60_000);

  it("that was killed goes on: no block is lost, none is there twice", async () => {
    const source = await file("a.dat", datagrams(1, 30));
    await imported([source]);
    const [spool, blocks] = [path.join(data, "spool"), path.join(data, "import", "blocks")];
    const [block] = await readdir(spool);
    // Killed after the line of the journal, before the block moved; and another time before the line.
    await rename(path.join(spool, block!), path.join(blocks, block!));
    await writeFile(path.join(blocks, block!.replace(/^\d/, "9")), await readFile(path.join(blocks, block!)));
    const journal = path.join(data, "import", "journal.ndjson");
    await writeFile(journal, `${await readFile(journal, "utf8")}{"id":"cut sh`);
    expect(await imported([source])).toMatchObject([{ outcome: "already imported" }]);
    expect(await readdir(spool)).toEqual([block]);
    expect(await readdir(blocks)).toEqual([]);
    expect(await totals()).toEqual([30, sum(30)]);
  }, 60_000);

  it("that was stopped goes on with the same file", async () => {
    const source = await file("flows.json", nfdumpJson(Array.from({ length: 20 }, (_, i) => record(i + 1))));
    // Asked once before the file, and for each record.
    expect(await imported([source], 8)).toMatchObject([{ outcome: "stopped", flows: 7 }]);
    expect(await imported([source])).toMatchObject([{ outcome: "imported", flows: 13, flowsBefore: 7 }]);
    expect(await totals()).toEqual([20, sum(20)]);
  }, 60_000);
});
