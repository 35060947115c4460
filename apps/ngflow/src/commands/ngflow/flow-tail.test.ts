import { type FlowReader, type FlowsSpec, MAX_FLOWS } from "@ngflow/flows";
import { expect, it } from "vitest";
import { createFlowTail } from "./flow-tail.ts";

const T0 = Date.parse("2026-01-02T00:00:00Z");

/** A tail whose reader answers these calls, newest first; rows are their port and the seconds after `T0`. */
function tailOf(answers: readonly (readonly (readonly [port: number, second: number])[])[]) {
  const asked: FlowsSpec[] = [];
  const reader: Pick<FlowReader, "flows"> = {
    async flows(spec) {
      asked.push(spec);
      const rows = answers[asked.length - 1]!.map(([SrcPort, second]) => ({
        TimeReceived: new Date(T0 + second * 1000).toISOString(),
        SrcPort,
      }));
      return { from: "", to: "", columns: [], rows, elapsedMs: 0 };
    },
  };
  const tail = createFlowTail(
    reader as FlowReader,
    { filter: "port in @f", sets: { f: "80" }, duplicates: "edge" },
    10,
  );
  const next = async () => (await tail.next(T0)).rows.map((row) => row["SrcPort"]);
  return { asked, next };
}

it("a full answer lacks some of what arrived at the same time: none is repeated when it comes back", async () => {
  const { next } = tailOf([
    [
      [2, 0],
      [1, 0],
    ],
    // Of those of second 0, the limit has left out 1.
    [
      [3, 1],
      [2, 0],
    ],
    // Now it leaves out 2, and then none.
    [
      [4, 1],
      [3, 1],
      [1, 0],
    ],
    [
      [4, 1],
      [3, 1],
      [2, 0],
      [2, 0],
      [1, 0],
    ],
  ]);
  expect([await next(), await next(), await next(), await next()]).toEqual([[1, 2], [3], [4], [2]]);
});

it("what was there at the start, but not in the first answer, is no new flow", async () => {
  const { asked, next } = tailOf([Array.from({ length: MAX_FLOWS }, (_, i) => [i, 0] as const), []]);
  expect(await next()).toHaveLength(10);
  await next();
  expect(asked[1]!.filter).toBe("(port in @f) and TimeReceived >= '2026-01-02T00:00:00.001Z'");
});

it("every question has the files of the filter and what to do with duplicates", async () => {
  const { asked, next } = tailOf([[[1, 0]], []]);
  await next();
  await next();
  const kept = { sets: { f: "80" }, duplicates: "edge" };
  expect(asked).toMatchObject([
    { ...kept, filter: "(port in @f)" },
    { ...kept, filter: "(port in @f) and TimeReceived >= '2026-01-01T23:59:55.000Z'" },
  ]);
});
