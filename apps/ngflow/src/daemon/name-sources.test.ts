import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseIp } from "@ngflow/base";
import { FlowBatch, type LearnedName } from "@ngflow/flows";
import { createSpool, createStore, spoolDirectory, type Store } from "@ngflow/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nameSources } from "./name-sources.ts";

const A = "192.0.2.1";
const B = "2001:db8::b";
const T0 = Date.UTC(2026, 0, 2, 12);
const RANGE = { fromMs: T0, toMs: T0 + 3_600_000 };

interface Row {
  readonly exporter: string;
  readonly domain: number;
  readonly extra: Readonly<Record<string, string>>;
  readonly label: number;
}

const row = (exporter: string, domain: number, extra: Record<string, string>, label: number): Row => ({
  ...{ exporter, domain, extra, label },
});
const element = (exporter: string, domain: number, id: string, name: string, type: string): LearnedName => ({
  ...{ kind: "element", exporter, domain, id, name, description: `${type}: made by the test` },
  ...{ from: new Date(T0).toISOString(), to: null },
});

/** Rows of one moment. */
function batchOf(rows: readonly Row[]): FlowBatch {
  const batch = new FlowBatch(rows.length);
  const { columns, extra } = batch;
  for (const [r, row] of rows.entries()) {
    columns.ExporterAddr.set(parseIp(row.exporter)!, 16 * r);
    columns.Domain[r] = row.domain;
    columns.FlowLabel[r] = row.label;
    for (const time of [columns.TimeStart, columns.TimeEnd, columns.TimeReceived])
      time.set([T0 % 2 ** 32, Math.floor(T0 / 2 ** 32)], 2 * r);
    for (const [key, value] of Object.entries(row.extra)) {
      const bytes = new TextEncoder().encode(value);
      const text = (b: Uint8Array, at: number, length: number): string =>
        Buffer.from(b).toString("latin1", at, at + length);
      extra.add(r, extra.position({ key, text }), bytes, 0, bytes.length);
    }
  }
  batch.rows = rows.length;
  return batch;
}

describe("name sources", () => {
  let root: string;
  let store: Store;
  let learned: readonly LearnedName[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "ngflow-late-"));
    store = createStore({ directory: root, retentionDays: 0 }, { names: nameSources(() => learned) });
    await store.start();
  }, 60_000);

  afterAll(async () => {
    await store.stop();
    await rm(root, { recursive: true, force: true });
  });

  async function given(rows: readonly Row[], names: readonly LearnedName[]): Promise<void> {
    learned = names;
    const spool = createSpool({ directory: spoolDirectory(root), flushMs: 20 });
    await spool.start();
    expect(spool.write(batchOf(rows))).toBe(rows.length);
    await spool.stop();
    await store.drain();
  }

  it("names of elements hold for rows that were received before them", async () => {
    await given(
      [
        row(A, 1, { "9999.1": "0x0005", "9999.2": "0x6162630000", "9999.3": "0xfe" }, 1),
        row(A, 1, { acmeDepth: "5", acmeLabel: "abc", acmeDrift: "-2" }, 2),
        row(A, 2, { "9999.1": "0x05", "9999.4": "0xc0000201", "9999.5": "0x3fc00000", "9999.6": "0x01" }, 3),
        row(B, 1, { "9999.1": "0x05", "9999.7": "0x0a0b0c0d0e0f" }, 4),
        row(B, 1, { "9999.1": "0x070000000000000000", "9999.1.2": "0x07" }, 5),
        row("192.0.2.3", 1, { "9999.1": "0x05", acmeDepth: "" }, 6),
      ],
      [
        element(A, 1, "9999.1", "acmeDepth", "unsigned32"),
        element(A, 1, "9999.2", "acmeLabel", "string"),
        element(A, 1, "9999.3", "acmeDrift", "signed32"),
        element(A, 0, "9999.4", "acmePeer", "ipv4Address"),
        element(A, 0, "9999.5", "acmeLoad", "float64"),
        element(A, 0, "9999.6", "acmeOk", "boolean"),
        element(B, 0, "9999.1", "acmeDepth", "unsigned32"),
        element(B, 0, "9999.7", "acmePort", "macAddress"),
      ],
    );
    const kept = async (filter: string): Promise<unknown> => {
      const { rows } = await store.flows({ ...RANGE, filter, sort: { column: "FlowLabel", largestFirst: false } });
      return rows.map(({ FlowLabel }) => FlowLabel);
    };
    expect(await kept("Extra.acmeDepth")).toEqual([1, 2, 4, 5, 6]);
    expect(await kept("Extra.acmeDepth = 5")).toEqual([1, 2, 4]);
    expect(await kept("Extra.acmeDepth >= 5")).toEqual([1, 2, 4]);
    expect(await kept("Extra.acmeDepth.2 < 8")).toEqual([5]);
    expect(await kept("Extra.acmeDepth != 5")).toEqual([3, 5, 6]);
    expect(await kept("Extra.acmeLabel in (x, abc)")).toEqual([1, 2]);
    expect(await kept("Extra.acmeDrift = -2")).toEqual([1, 2]);
    expect(await kept("Extra.acmeDrift < -1.5")).toEqual([1, 2]);
    expect(await kept("Extra.acmePeer = 192.0.2.1 and Extra.acmeLoad = 1.5 and Extra.acmeOk = true")).toEqual([3]);
    expect(await kept("Extra.acmeLoad > 1.25 and Extra.acmeLoad <= 1.5")).toEqual([3]);
    expect(await kept("Extra.acmePort = 0a:0b:0c:0d:0e:0f")).toEqual([4]);
    expect(await kept("Extra.9999.1 = 0x05")).toEqual([3, 4, 6]);
    const { rows } = await store.flows({ ...RANGE, sort: { column: "FlowLabel", largestFirst: false } });
    expect(rows.map(({ Extra }) => Extra)).toEqual([
      { acmeDepth: "5", acmeLabel: "abc", acmeDrift: "-2" },
      { acmeDepth: "5", acmeLabel: "abc", acmeDrift: "-2" },
      { "9999.1": "0x05", acmePeer: "192.0.2.1", acmeLoad: "1.5", acmeOk: "true" },
      { acmeDepth: "5", acmePort: "0a:0b:0c:0d:0e:0f" },
      { acmeDepth: "0x070000000000000000", "acmeDepth.2": "7" },
      { "9999.1": "0x05", acmeDepth: "" },
    ]);
  });
});
