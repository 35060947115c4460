import { setImmediate as nextTurn } from "node:timers/promises";
import type { LearnedName } from "@ngflow/flows";
import { CLASS_FIELDS, type InterfaceClass, type InterfaceRules } from "./read-rules.ts";

/** Interfaces that are classified before others have their turn. */
const TURN = 200;

/** Names of a number in order of time. */
type Periods = readonly LearnedName[];

/**
 * The classes that rules give to interfaces with names, as names of their own. A class holds as long as the names do
 * that it comes from.
 */
export async function classify(rules: InterfaceRules, names: readonly LearnedName[]): Promise<LearnedName[]> {
  const index = new Map<string, LearnedName[]>();
  for (const row of names) {
    const key = keyOf(row.exporter, row.kind, row.domain, row.id);
    const periods = index.get(key);
    if (periods === undefined) index.set(key, [row]);
    else periods.push(row);
  }
  for (const periods of index.values()) periods.sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
  const rows: LearnedName[] = [];
  let left = TURN;
  for (const [first] of index.values()) {
    if (first!.kind !== "interface") continue;
    rows.push(...classesOf(rules, first!, index));
    if (--left > 0) continue;
    left = TURN;
    await nextTurn();
  }
  return rows;
}

const keyOf = (exporter: string, kind: string, domain: number, id: string): string =>
  `${exporter} ${kind} ${domain} ${id}`;

function* classesOf(
  rules: InterfaceRules,
  { exporter, domain, id }: LearnedName,
  index: ReadonlyMap<string, Periods>,
): Generator<LearnedName> {
  /** The names of the domain or, without any, those of domain 0. */
  const periodsOf = (kind: string): Periods =>
    index.get(keyOf(exporter, kind, domain, id)) ?? index.get(keyOf(exporter, kind, 0, id)) ?? [];
  const names = periodsOf("interface");
  const aliases = periodsOf("interface-alias");
  const speeds = periodsOf("interface-speed");
  const exporters =
    index.get(keyOf(exporter, "domain", domain, String(domain))) ?? index.get(keyOf(exporter, "domain", 0, "0")) ?? [];
  const starts = new Set([...names, ...aliases, ...speeds, ...exporters].map(({ from }) => Date.parse(from)));
  const periods: { readonly fromMs: number; readonly found: InterfaceClass }[] = [];
  for (const fromMs of [...starts].sort((a, b) => a - b)) {
    const name = heldAt(names, fromMs);
    const found = rules.classOf({
      address: exporter,
      exporter: heldAt(exporters, fromMs)?.name ?? "",
      name: name?.name ?? "",
      description: name?.description ?? "",
      alias: heldAt(aliases, fromMs)?.name ?? "",
      speedBps: Number(heldAt(speeds, fromMs)?.description ?? 0),
    });
    periods.push({ fromMs, found });
  }
  for (const field of CLASS_FIELDS) {
    const changes = periods.filter(({ found }, i) => i === 0 || periods[i - 1]!.found[field] !== found[field]);
    if (changes.every(({ found }) => found[field] === "")) continue;
    for (const [i, { fromMs, found }] of changes.entries()) {
      const next = changes[i + 1];
      yield {
        kind: `interface-${field}`,
        exporter,
        domain,
        id,
        name: found[field],
        description: "",
        from: new Date(fromMs).toISOString(),
        to: next === undefined ? null : new Date(next.fromMs).toISOString(),
      };
    }
  }
}

/** The name at a time; the first one also before it was known. */
function heldAt(periods: Periods, ms: number): LearnedName | undefined {
  return periods.findLast(({ from }) => Date.parse(from) <= ms) ?? periods[0];
}
