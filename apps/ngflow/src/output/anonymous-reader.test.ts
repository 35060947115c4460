import { CryptoPan } from "@ngflow/collector";
import type { FlowReader } from "@ngflow/flows";
import { describe, expect, it } from "vitest";
import { anonymousReader } from "./anonymous-reader.ts";

/** The key and two of the addresses of the sample that Crypto-PAn was published with. */
const KEY = Uint8Array.of(
  ...[21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16],
  ...[216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2],
);

type Row = Readonly<Record<string, string | number | null>>;

function reader(rows: readonly Row[]): FlowReader {
  const answer = { from: "", to: "", step: null, columns: Object.keys(rows[0] ?? {}), tier: "flows", elapsedMs: 0 };
  return {
    query: () => Promise.resolve({ ...answer, rows }),
    flows: () => Promise.resolve({ ...answer, columns: [], rows } as never),
  };
}

async function shown(...rows: Row[]): Promise<readonly Row[]> {
  const spec = { by: [], metric: "bytes", fromMs: 0, toMs: 1 } as const;
  return (await anonymousReader(reader(rows), new CryptoPan(KEY)).query(spec)).rows;
}

describe("answers with other addresses", () => {
  it("have the published ones", async () => {
    expect(await shown({ SrcAddr: "128.11.68.132", bytes: 1 }, { SrcAddr: "129.118.74.4", bytes: 2 })).toEqual([
      { SrcAddr: "135.242.180.132", bytes: 1 },
      { SrcAddr: "134.136.186.123", bytes: 2 },
    ]);
  });

  it("keep prefixes, cut where the question cut them", async () => {
    const [row] = await shown({ "SrcAddr/16": "128.11.0.0", "DstAddr/24/48": "2001:db8:1::" });
    expect(row!["SrcAddr/16"]).toBe("135.242.0.0");
    expect(row!["DstAddr/24/48"]).toMatch(/^[0-9a-f]+:[0-9a-f]+:[0-9a-f]+::$/);
  });

  it("hide names and MAC addresses, and leave numbers, protocols, times and the group of all others", async () => {
    const row = { time: "2026-01-02T03:04:05.000Z", Proto: "tcp", DstPort: 443, bytes: 3 };
    const named = { SrcMac: "00:11:22:33:44:55", ExporterName: "core1", InIfName: "" };
    expect(await shown({ ...row, ...named })).toEqual([
      { ...row, SrcMac: "hidden", ExporterName: "hidden", InIfName: "" },
    ]);
    const others = { SrcAddr: null, ExporterName: null, bytes: 1 };
    expect(await shown(others)).toEqual([others]);
  });

  it("change the addresses of flows, too", async () => {
    const flows = await anonymousReader(reader([{ SrcAddr: "128.11.68.132" }]), new CryptoPan(KEY)).flows({
      fromMs: 0,
      toMs: 1,
    });
    expect(flows.rows).toEqual([{ SrcAddr: "135.242.180.132" }]);
    expect(await shown()).toEqual([]);
  });
});
