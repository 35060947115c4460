import type { LearnedName } from "@ngflow/flows";

/**
 * Names that exporters sent in options, and those of their SNMP agents. Where an exporter has sent a name for a number,
 * what its agent says of the same number is left out: options come with the flows, at the same time and by domain.
 */
export function mergeNames(options: readonly LearnedName[], snmp: readonly LearnedName[]): readonly LearnedName[] {
  if (snmp.length === 0) return options;
  if (options.length === 0) return snmp;
  const sent = new Set(options.map(keyOf));
  return [...options, ...snmp.filter((row) => !sent.has(keyOf(row)))];
}

const keyOf = ({ exporter, kind, id }: LearnedName): string => `${exporter} ${kind} ${id}`;
