import type { Bin, GroupValues } from "../read-bins.ts";
import { type Bounds, facts, type Finding, type JudgedBin, verdictOf } from "../judge.ts";

/** What a window says where every group has bounds of its own, or none. */
export function boundedBin(bin: Bin, boundsOf: (values: GroupValues) => Bounds | undefined): JudgedBin {
  const least = Math.min(...[...bin.groups.values()].map(({ value }) => value));
  const judged = (values: GroupValues, value: number): Finding => {
    const bounds = boundsOf(values);
    const reference = bounds?.above ?? bounds?.below ?? null;
    const verdict = bounds === undefined ? "unknown" : verdictOf(value, bounds);
    // What was received is traffic; that there was no more of it is not known.
    const isKnown = !bin.dark || (verdict === "breach" && bounds?.above !== undefined);
    return { values, value, reference, verdict: isKnown ? verdict : "unknown" };
  };
  const of = (key: string, values: GroupValues): Finding => {
    const found = bin.groups.get(key);
    if (found !== undefined) return judged(values, found.value);
    if (!bin.cut) return judged(values, 0);
    // It is one of those that are smaller than all that were looked at.
    const most = judged(values, least);
    const isBelow = boundsOf(values)?.above !== undefined && most.verdict !== "breach";
    return isBelow ? { ...most, value: null } : { ...most, value: null, verdict: "unknown" };
  };
  const breaches = new Map<string, Finding>();
  for (const [key, { values, value }] of bin.groups) {
    const finding = judged(values, value);
    if (finding.verdict === "breach") breaches.set(key, finding);
  }
  return { ...facts(bin), breaches, of };
}

/** The only group where there are no dimensions: without a row, its value is 0. */
export function withWhole(bin: Bin, by: readonly string[]): Bin {
  if (by.length > 0 || bin.groups.size > 0) return bin;
  return { ...bin, groups: new Map([["[]", { values: {}, value: 0 }]]) };
}
