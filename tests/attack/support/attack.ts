import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { removeAtEnd } from "../../support/cleanup.ts";
import { absentPrivilege, absentTools } from "../../support/needs.ts";

/** An attack, and what must hold while it runs. One figure says how well: at most `bar` of `unit`. */
export interface Attack {
  /** Unique in its file. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly does: string;
  /** What the figure counts. */
  readonly unit: string;
  /** The figure at commit 6b996db; Infinity if it never ended. */
  readonly before: number;
  readonly bar: number;
  /** Programs that it runs. */
  readonly tools?: readonly string[];
  /** Rounds in `npm run verify` and in `npm run attack`; without rounds in verify it runs in `npm run attack` alone. */
  readonly rounds?: { readonly short: number; readonly long: number };
  /** Longest time in seconds. Default 60. */
  readonly seconds?: number;
  run(given: Given): Promise<number>;
}

/** What an attack gets. */
export interface Given {
  /** An empty folder, removed at the end. */
  readonly folder: string;
  readonly rounds: number;
  /** Whether this is the long form, of `npm run attack`. */
  readonly isLong: boolean;
  /** Prints a line that explains the figure. */
  say(text: string): void;
  /** Has `npm run attack -- --record` write down what explains the figure. */
  note(facts: object): void;
}

/** A row of the result file, which `npm run attack` makes its table of. */
interface Entry {
  readonly attack: string;
  readonly does: string;
  readonly unit: string;
  readonly before: number | null;
  readonly bar: number;
  /** Absent if it has not ended. */
  readonly figure?: number | null;
  readonly facts?: object;
  readonly skipped?: string;
}

/** Set by `npm run attack`: the long forms run, and their figures are appended to this file. */
const RESULT = process.env["NGFLOW_ATTACK_RESULT"];
/** Set by `npm run attack -- --list`: nothing is run. */
const LIST_ONLY = process.env["NGFLOW_ATTACK_LIST"] !== undefined;
/** Set by `npm run attack -- GROUP/NAME`. */
const ONLY = process.env["NGFLOW_ATTACK_ONLY"];
const LONG = RESULT !== undefined;

/** What a line begins with that `npm run attack` passes on. */
const SAYS = "attack: ";

function tell(entry: Entry): void {
  if (RESULT !== undefined) appendFileSync(RESULT, `${JSON.stringify(entry)}\n`);
}

/** Defines the attacks of a file as tests: `group/name`. */
export function attacks(group: string, table: readonly Attack[]): void {
  describe(group, () => {
    for (const attack of table) define(group, attack);
  });
}

function define(group: string, attack: Attack): void {
  const { name, does, unit, before, bar, tools = [], rounds = { short: 1, long: 1 }, seconds = 60 } = attack;
  const full = `${group}/${name}`;
  const count = LONG ? rounds.long : rounds.short;
  if (count === 0 || (ONLY !== undefined && full !== ONLY)) return;
  const entry: Entry = { attack: full, does, unit, before: Number.isFinite(before) ? before : null, bar };
  tell(entry);
  if (LIST_ONLY) return void test.skip(full);
  test(full, { timeout: seconds * 1000 }, async (ctx) => {
    const missing = absentPrivilege() ?? absentTools(...tools);
    if (missing !== undefined) tell({ ...entry, skipped: missing });
    ctx.skip(missing !== undefined, missing);
    const folder = mkdtempSync(join(tmpdir(), "ngflow-attack-"));
    removeAtEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
    let facts: object | undefined;
    const figure = await attack.run({
      folder,
      rounds: count,
      isLong: LONG,
      say: (text) => process.stdout.write(`${SAYS}${full}: ${text}\n`),
      note: (noted) => (facts = noted),
    });
    tell({ ...entry, figure: Number.isFinite(figure) ? figure : null, ...(facts && { facts }) });
    expect(figure, `${does}: ${unit}`).toBeLessThanOrEqual(bar);
  });
}
