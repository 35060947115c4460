import { expect } from "vitest";
import type { FlowSort } from "@ngflow/flows";
import type { ContractBed } from "./bed.ts";

/** Rows in the order that was asked for. */
export function flowsTests(bed: ContractBed): void {
  const { test, given } = bed;

  test("flows are newest first, limited, and cut by time", async () => {
    const range = await given([1, 2, 3, 4].map((n) => ({ TimeStart: n * 1000, TimeReceived: n * 1000, SrcPort: n })));
    const ports = async (spec: object): Promise<unknown[]> =>
      (await bed.store.flows({ ...range, ...spec })).rows.map((row) => row["SrcPort"]);
    expect(await ports({})).toEqual([4, 3, 2, 1]);
    expect(await ports({ limit: 2 })).toEqual([4, 3]);
    expect(await ports({ fromMs: range.fromMs + 2000, toMs: range.fromMs + 4000 })).toEqual([3, 2]);
  });

  test("flows are sorted by a column, the newest first where it is equal", async () => {
    const rows = [30, 10, 20, 10].map((Bytes, i) => ({
      TimeStart: i * 1000,
      TimeReceived: i * 1000,
      SrcPort: i,
      Bytes,
    }));
    const range = await given(rows);
    const ports = async (sort: FlowSort): Promise<unknown[]> =>
      (await bed.store.flows({ ...range, sort })).rows.map((row) => row["SrcPort"]);
    expect(await ports({ column: "Bytes", largestFirst: true })).toEqual([0, 2, 3, 1]);
    expect(await ports({ column: "Bytes", largestFirst: false })).toEqual([3, 1, 2, 0]);
    expect(await ports({ column: "SrcAddr", largestFirst: true })).toEqual([3, 2, 1, 0]);
  });
}
