import type { FlowEngine } from "@ngflow/nodes/engine";
import { SKIP_REASON_NAMES } from "@ngflow/wire/packet";

/** Outcome of `ngflow export`, as `--stats json` prints it. */
export interface MeterStats {
  readonly packets: number;
  readonly bytes: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly records: number;
  readonly datagrams: number;
}

/** What was metered, and what became of the datagrams. */
export interface ExportStats extends MeterStats {
  /** Datagrams that could not be sent, or were refused. */
  readonly sendErrors: number;
  /** Those of them that reached a machine on which nothing listens. */
  readonly refused: number;
}

/**
 * Counts of an engine.
 * @param received packets passed to the engine
 * @param notIp frames that were skipped before it, by `SKIP_…` number
 */
export function meterStats(engine: FlowEngine | null, received: number, notIp?: Float64Array): MeterStats {
  const counters: Readonly<Record<string, number>> = engine?.counters() ?? {};
  const skipped: Record<string, number> = {};
  let named = 0;
  for (const [i, reason] of SKIP_REASON_NAMES.entries()) {
    const counter = `packetsSkipped${reason[0]!.toUpperCase()}${reason.slice(1)}`;
    const inEngine = counters[counter] ?? 0;
    named += inEngine;
    skipped[reason] = inEngine + (notIp?.[i] ?? 0);
  }
  const accounted = counters["packetsAccounted"] ?? 0;
  // Profile freebsd reports no reasons.
  const unnamed = received - accounted - named;
  if (unnamed > 0) skipped["unaccounted"] = unnamed;
  return {
    packets: accounted,
    bytes: counters["bytesAccounted"] ?? 0,
    skipped,
    records: counters["recordsExported"] ?? 0,
    datagrams: counters["datagramsExported"] ?? 0,
  };
}
