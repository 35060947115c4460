import { lostOf, type LostOf } from "../losses/by-exporter.ts";
import { AUDIT_STEPS, type AuditStep } from "./steps.ts";
import { type AuditReading, type AuditTerm, isOfLedger, isOfMoment } from "./terms.ts";

/**
 * `balanced`: all is explained, nothing lost. `lost`: all is explained, and something was lost. `open`: a rest is not
 * explained.
 */
export const AUDIT_VERDICTS = ["balanced", "lost", "open", "not compared"] as const;
/** What an audit says of a hop. */
export type AuditVerdict = (typeof AUDIT_VERDICTS)[number];

/** A figure of a hop with its words. */
export interface AuditPart {
  /** Name of the figure, or of what is left: `captured.missing`, `captured.surplus`, `onTheWay`. */
  readonly key: string;
  readonly count: number;
  readonly text: string;
  /** The exporters whose it is, those with most first; absent where that is not known. */
  readonly by?: readonly LostOf[] | undefined;
}

/** One hop of an audit. */
export interface AuditHop {
  readonly name: string;
  /** What is counted: `packets`, `records`. */
  readonly unit: string;
  readonly verdict: AuditVerdict;
  /** What came in and what went on in the time of the audit; null where it is not known. */
  readonly in: number | null;
  readonly out: AuditPart | null;
  /** Left out on purpose, lost, and waiting now: only what is not 0. */
  readonly apart: readonly AuditPart[];
  readonly lost: readonly AuditPart[];
  /** Lost, too, in units of their own. */
  readonly besides: readonly AuditPart[];
  readonly waiting: readonly AuditPart[];
  /** What is left: in − out − apart − lost − waiting; null if nothing is. */
  readonly rest: AuditPart | null;
  /** Why the hop was not compared; null if it was. */
  readonly reason: string | null;
}

/** `GET /api/v1/audit`. */
export interface Audit {
  /** The time that was asked for and the time that the figures cover, Unix milliseconds. */
  readonly askedFrom: number;
  readonly from: number;
  readonly to: number;
  /** Parts that began to count within that time: their figures are those since then. */
  readonly restarted: readonly string[];
  readonly balanced: boolean;
  readonly hops: readonly AuditHop[];
}

/** The two readings that an audit compares, and a third one a moment before the last, which tells what flows now. */
export interface AuditReadings {
  readonly first: AuditReading;
  readonly recent: AuditReading;
  readonly last: AuditReading;
}

/**
 * How much a term grew between two readings; from 0 on if it began again, negative if it can become less. Null where
 * one of them is not known.
 */
function growth(term: AuditTerm, from: AuditReading, to: AuditReading): number | null {
  const [before, after] = [from.terms[term], to.terms[term]];
  if (after === null) return null;
  if (isOfMoment(term) || before === null) return after;
  if (isOfLedger(term)) return after - before;
  return after < before ? after : after - before;
}

/** What was on the way at the first reading goes on after it. Nothing is where a part has begun again since. */
function carried({ in: came, waiting }: AuditStep, { first, last }: AuditReadings): number {
  if (waiting === undefined || came.some((term) => (last.terms[term] ?? 0) < (first.terms[term] ?? 0))) return 0;
  return first.terms[waiting.term] ?? 0;
}

/** Most that may be on the way without being counted, at the pace of the last moment. */
function underWay({ in: came, out, underWayMs, pace }: AuditStep, { recent, last }: AuditReadings): number {
  const passed = (term: AuditTerm): number => growth(term, recent, last) ?? 0;
  const tookMs = Math.max(1, last.timeMs - recent.timeMs);
  // What was asked for takes as long as it takes: all that passed since may be on the way.
  if (pace !== undefined) return Math.ceil((Math.abs(passed(pace)) * Math.max(underWayMs, tookMs)) / tookMs);
  return Math.ceil((Math.max(0, ...[...came, out.term].map(passed)) * underWayMs) / tookMs);
}

/** The exporters of a figure between two readings. */
function whoseOf(term: AuditTerm, count: number, { first, last }: AuditReadings): Pick<AuditPart, "by"> {
  const [before, after] = [first.byExporter?.[term], last.byExporter?.[term]];
  const by = before === undefined || after === undefined ? undefined : lostOf(before, after, count);
  return by === undefined ? {} : { by };
}

const sum = (parts: readonly number[]): number => parts.reduce((total, part) => total + part, 0);

const ON_THE_WAY = { key: "onTheWay", text: "on the way" };

/** One hop between two readings. */
export function balanceOf(step: AuditStep, readings: AuditReadings): AuditHop {
  const { name, unit } = step;
  const { first, last } = readings;
  const nothing = { apart: [], lost: [], besides: [], waiting: [], rest: null };
  const needed = [...step.in, step.out.term, ...(step.waiting === undefined ? [] : [step.waiting.term])];
  if (needed.some((term) => last.terms[term] === null))
    return { name, unit, verdict: "not compared", in: null, out: null, ...nothing, reason: step.absent };

  const grown = (term: AuditTerm): number => growth(term, first, last) ?? 0;
  const named = (rows: AuditStep["lost"] = []): AuditPart[] =>
    rows
      .map(({ term, text }) => ({ key: term, count: grown(term), text, ...whoseOf(term, grown(term), readings) }))
      .filter(({ count }) => count > 0);
  const parts = {
    apart: named(step.apart),
    lost: named(step.lost),
    waiting: named(step.waiting === undefined ? [] : [step.waiting]),
  };
  const besides = named(step.besides);
  // What became less has come back: rows that were stored are removed, or lost ones are found.
  const back = [step.out, ...(step.apart ?? []), ...(step.lost ?? [])].map(({ term }) => Math.max(0, -grown(term)));
  const came = sum(step.in.map(grown)) + carried(step, readings) + sum(back);
  const went = Math.max(0, grown(step.out.term));
  const rest = came - went - sum(Object.values(parts).flatMap((each) => each.map(({ count }) => count)));
  const explained = Math.abs(rest) <= underWay(step, readings);
  const sign = rest > 0 ? "missing" : "surplus";
  const left = explained ? ON_THE_WAY : { key: `${name}.${sign}`, text: step.rest[sign] };
  return {
    name,
    unit,
    verdict: !explained ? "open" : parts.lost.length + besides.length > 0 ? "lost" : "balanced",
    in: came,
    out: { key: step.out.term, count: went, text: step.out.text },
    ...parts,
    besides,
    rest: rest === 0 ? null : { ...left, count: rest },
    reason: null,
  };
}

/** Parts of ngflow by a figure that only grows while they run. */
const PARTS: Readonly<Record<string, readonly AuditTerm[]>> = {
  graph: ["packetsSeen", "packetsAccounted", "flowsCreated"],
  collector: ["recordsDecoded", "rowsTaken"],
};

/** The whole way between two readings. `askedFromMs` is the begin that was asked for, Unix milliseconds. */
export function auditOf(readings: AuditReadings, askedFromMs: number): Audit {
  const { first, last } = readings;
  const hops = AUDIT_STEPS.map((step) => balanceOf(step, readings));
  const began = (term: AuditTerm): boolean => (last.terms[term] ?? 0) < (first.terms[term] ?? 0);
  return {
    askedFrom: askedFromMs,
    from: first.timeMs,
    to: last.timeMs,
    restarted: Object.keys(PARTS).filter((part) => PARTS[part]!.some(began)),
    balanced: hops.every(({ verdict }) => verdict === "balanced" || verdict === "not compared"),
    hops,
  };
}
