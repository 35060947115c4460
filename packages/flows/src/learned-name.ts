/** What a name is of: what exporters send in options, what SNMP adds, and the classes that rules give to interfaces. */
export const NAME_KINDS = [
  "interface",
  "vrf",
  "application",
  "sampler",
  "domain",
  "element",
  "interface-alias",
  "interface-speed",
  "interface-boundary",
  "interface-provider",
  "interface-connectivity",
] as const;
/** What a learnt name belongs to: one of `NAME_KINDS`. */
export type NameKind = (typeof NAME_KINDS)[number];

/** A name of one of an exporter's numbers, sent by it or found by SNMP, and when it held. */
export interface LearnedName {
  readonly kind: NameKind;
  /** Address of the exporter, as in the column `ExporterAddr`. */
  readonly exporter: string;
  readonly domain: number;
  /** The number as text; of an application its engine and selector, such as `3:443`; of an element `PEN.ID`. */
  readonly id: string;
  /** Empty where the exporter sent a description only. */
  readonly name: string;
  /** Empty where the exporter sent none; of an element its type, and what the exporter sent after a colon. */
  readonly description: string;
  /** When it was first received, ISO 8601 UTC. */
  readonly from: string;
  /** When another one was received for the same number, ISO 8601 UTC; null while it holds. */
  readonly to: string | null;
}
