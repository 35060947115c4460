import type { Tier } from "@ngflow/flows";
import type { RollUpStep, UnrolledBlock, UnrolledDay } from "../ledger/ledger-file.ts";
import { dayStartMs } from "../ledger/retention.ts";
import { rowsPerSecond } from "./roll-up-sql.ts";
import type { RollUpSteps } from "./roll-up-steps.ts";
import type { SqlClient } from "./sql-client.ts";

/** A step takes at most so many rows, or one block. */
export const STEP_ROWS = 2_000_000;
/** A step makes at most so many rows of the finest roll-up, or takes one block: they are grouped in memory. */
const STEP_BINS = 4_000_000;
const DAY_MS = 86_400_000;

/** The oldest blocks, as many as one step may take. */
export async function blocksOfStep(steps: RollUpSteps, blocks: readonly UnrolledBlock[]): Promise<RollUpStep> {
  let count = 0;
  for (let rows = 0; count < blocks.length && (count === 0 || rows + blocks[count]!.rows <= STEP_ROWS); count++)
    rows += blocks[count]!.rows;
  for (;;) {
    const step: RollUpStep = { kind: "blocks", blocks: blocks.slice(0, count) };
    if (count === 1) return step;
    const bins = (await steps.daysOf(step)).reduce((sum, day) => sum + day.bins, 0);
    if (bins <= STEP_BINS) return step;
    count = Math.ceil(count / 2);
  }
}

/** The next rows of the newest day. A day without any is done. */
export async function sliceOfStep(
  client: SqlClient,
  flows: Tier,
  days: readonly UnrolledDay[],
): Promise<RollUpStep | undefined> {
  const day = days.at(-1);
  if (day === undefined) return undefined;
  const seconds = await client.inspect(rowsPerSecond(flows, day.day, day.fromMs, day.except));
  const startMs = day.fromMs ?? dayStartMs(day.day);
  let rows = 0;
  for (const [i, [second, count]] of seconds.entries()) {
    if (i > 0 && rows + Number(count) > STEP_ROWS)
      return { kind: "slice", ...day, fromMs: startMs, toMs: Number(second) * 1000, isLast: false };
    rows += Number(count);
  }
  return { kind: "slice", ...day, fromMs: startMs, toMs: dayStartMs(day.day) + DAY_MS, isLast: true };
}
