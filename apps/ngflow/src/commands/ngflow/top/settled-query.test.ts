import type { QueryResult, QuerySpec } from "@ngflow/flows";
import { expect, it } from "vitest";
import { settledQuery } from "./settled-query.ts";

const FRAME: QueryResult = { from: "", to: "", step: null, columns: [], rows: [], tier: "1m", elapsedMs: 1 };
const SPEC: QuerySpec = { by: [], metric: "bps", fromMs: 120_000, toMs: 180_000 };

/** The ranges that are asked for in seconds, where flows are settled until a time. */
async function asked(settledMs: number): Promise<readonly (readonly number[])[]> {
  const ranges: number[][] = [];
  const query = async ({ fromMs, toMs }: QuerySpec): Promise<QueryResult> => {
    ranges.push([fromMs / 1000, toMs / 1000]);
    return toMs <= settledMs ? FRAME : { ...FRAME, unsettledFrom: new Date(settledMs).toISOString() };
  };
  await settledQuery({ query }).query(SPEC);
  return ranges;
}

it("asks for the last settled range of the same length", async () => {
  expect(await asked(180_000)).toEqual([[120, 180]]);
  const second = [
    [120, 180],
    [57, 117],
  ];
  expect(await asked(117_000)).toEqual(second);
});
