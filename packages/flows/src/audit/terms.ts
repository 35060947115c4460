import type { ExporterCounts } from "../losses/by-exporter.ts";

/**
 * The figures that an audit compares, in the order of the hops. A figure of a moment (flows in the cache) is told from
 * one that only grows by `now` in its name.
 */
export const AUDIT_TERMS = [
  "framesOnInterface",
  "framesCaptured",
  "framesDropped",
  "framesDelivered",
  "packetsSeen",
  "packetsFromOtherNodes",
  "packetsToOtherNodes",
  "packetsAccounted",
  "packetsSkipped",
  "packetsNotSampled",
  "packetsBypassed",
  "flowsCreated",
  "flowsRefused",
  "flowsNow",
  "recordsExported",
  "recordsDiscarded",
  "datagramsExported",
  "datagramsSent",
  "datagramsNotSent",
  "datagramsOfThisMachine",
  "kernelDrops",
  "ringDropsShare",
  "recordsLost",
  "recordsDecoded",
  "recordsLimited",
  "recordsWithoutKey",
  "malformed",
  "setsWithoutTemplate",
  "setsWaitingNow",
  "rowsMade",
  "rowsRefused",
  "rowsTaken",
  "rowsNotWritten",
  "rowsInMemoryNow",
  "rowsAcknowledged",
  "ledgerAcknowledged",
  "ledgerStored",
  "ledgerDropped",
  "ledgerDamaged",
  "rowsWaitingNow",
  "rowsTotalNow",
  "rowsAnsweredNow",
] as const;

/** A number that the balance is made of, by name. */
export type AuditTerm = (typeof AUDIT_TERMS)[number];

/** Every figure at one moment; null where the part that counts it cannot be reached, or does not count it. */
export type AuditTerms = Readonly<Record<AuditTerm, number | null>>;

/** The figures of one moment. */
export interface AuditReading {
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly terms: AuditTerms;
  /** Some of them by exporter; null where those are not known. */
  readonly byExporter: Readonly<Partial<Record<AuditTerm, ExporterCounts>>> | null;
}

/** Whether a term is a figure of the moment, not one that grows. */
export const isOfMoment = (term: AuditTerm): boolean => term.endsWith("Now");

/** Whether a term is a sum of the ledger, which is of all runs and can become less. */
export const isOfLedger = (term: AuditTerm): boolean => term.startsWith("ledger");
