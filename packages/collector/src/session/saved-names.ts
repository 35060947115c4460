import { plainAddress } from "@ngflow/base";
import type { LearnedName } from "@ngflow/flows";
import type { NameEntry } from "./domain-names.ts";

/** The names of an exporter and domain. */
export interface SavedNames {
  readonly address: string;
  /** Number of the protocol. */
  readonly version: number;
  readonly domain: number;
  /** The exporter's own address in the protocol; empty for none. */
  readonly agent: string;
  readonly names: readonly NameEntry[];
}

/** Saved names as rows, sorted by exporter, domain, kind and number. */
export function nameRows(saved: Iterable<SavedNames>): LearnedName[] {
  const rows: LearnedName[] = [];
  for (const { address, agent, domain, names } of saved) {
    const exporter = plainAddress(agent === "" ? address : agent);
    for (const entry of names) rows.push(rowOf(exporter, domain, entry));
  }
  return rows.sort(
    (a, b) => compare(a.exporter, b.exporter) || a.domain - b.domain || compare(a.kind, b.kind) || byId(a, b),
  );
}

function rowOf(
  exporter: string,
  domain: number,
  { kind, id, name, description, fromMs, toMs }: NameEntry,
): LearnedName {
  const to = toMs === Infinity ? null : new Date(toMs).toISOString();
  return { kind, exporter, domain, id, name, description, from: new Date(fromMs).toISOString(), to };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byId = (a: LearnedName, b: LearnedName): number =>
  a.id.length - b.id.length || compare(a.id, b.id) || compare(a.from, b.from);
