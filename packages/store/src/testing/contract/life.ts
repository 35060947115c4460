import { expect } from "vitest";
import type { QuerySpec } from "@ngflow/flows";
import { batchOf } from "../rows.ts";
import { type ContractBed, DAY, T0 } from "./bed.ts";

/** Answers in pieces, cancelling, freshness and counters of the store. */
export function lifeTests(bed: ContractBed): void {
  const { test, given } = bed;

  test("an answer in pieces has the rows of the whole one, and no piece is large", async () => {
    const range = await given(
      Array.from({ length: 3000 }, (_, i) => ({ TimeStart: i, SrcPort: i, Bytes: i + 1, SrcAddr: "2001:db8::1" })),
    );
    const query: QuerySpec = { ...range, by: ["SrcPort", "SrcAddr"], metric: "bytes", top: 1000 };
    const series: QuerySpec = { ...query, toMs: range.fromMs + 3000, stepMs: 100 };
    const flows = { ...range, limit: 3000 };
    const answers = [
      [await bed.store.query(query), await bed.store.queryInPieces(query)],
      [await bed.store.query(series), await bed.store.queryInPieces(series)],
      [await bed.store.flows(flows), await bed.store.flowsInPieces(flows)],
    ] as const;
    for (const [{ rows, elapsedMs, ...whole }, { frame, pieces, bytes }] of answers) {
      expect({ ...frame, elapsedMs }).toEqual({ ...whole, elapsedMs, rows: [] });
      const lengths: number[] = [];
      const read: object[] = [];
      for (const piece of pieces) {
        lengths.push(piece.length);
        read.push(...piece);
      }
      expect(read).toEqual(rows);
      expect(rows.length).toBeGreaterThan(1000);
      expect(Math.max(...lengths)).toBeLessThan(1000);
      expect(bytes).toBeGreaterThan(rows.length * 10);
    }
  });

  test("a request whose caller is gone is cancelled", async () => {
    const spec = { fromMs: 0, toMs: 1000 };
    const options = { signal: AbortSignal.abort() };
    await expect(bed.store.flows(spec, options)).rejects.toMatchObject({ code: "query-cancelled" });
    await expect(bed.store.query({ ...spec, by: [], metric: "bytes" }, options)).rejects.toMatchObject({
      code: "query-cancelled",
    });
  });

  test("rows can be queried within a second of the sink having them", async () => {
    const nowMs = T0 - 50 * DAY;
    expect(bed.spool.write(batchOf([{ TimeReceived: nowMs, TimeStart: nowMs, TimeEnd: nowMs, Bytes: 5 }]))).toBe(1);
    // Nothing is flushed or drained by hand here; the deadline is generous because machines are shared.
    await expect
      .poll(async () => (await bed.store.query({ fromMs: nowMs, toMs: nowMs + 1, by: [], metric: "bytes" })).rows, {
        timeout: 15_000,
        interval: 50,
      })
      .toEqual([{ bytes: 5 }]);
  });

  test("stats count rows, blocks and backlog", async () => {
    await bed.store.drain();
    const before = await bed.store.stats();
    await given([{ TimeStart: 0 }, { TimeStart: 1 }]);
    const after = await bed.store.stats();
    expect(after.rowsStored - before.rowsStored).toBe(2);
    expect(after.blocksStored - before.blocksStored).toBe(1);
    expect(after.rowsTotal - before.rowsTotal).toBe(2);
    expect(after).toMatchObject({ backlogBlocks: 0, backlogBytes: 0, blocksDamaged: 0, insertErrors: 0 });
    expect(after.lastSeenMs).toBeGreaterThan(0);
    expect(after.bytesTotal).toBeGreaterThan(0);
  });
}
