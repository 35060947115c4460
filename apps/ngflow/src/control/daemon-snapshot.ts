import type { GraphSnapshot } from "@ngflow/graph";
import type { ControlCounters } from "./control-counters.ts";

/** A snapshot of a daemon's graph, with the counters of its control socket and of its threads. */
export interface DaemonSnapshot extends GraphSnapshot {
  readonly control: ControlCounters;
  /** How often threads of the daemon stood still, and how long at most (`Watchdog.counters`). */
  readonly threads: Readonly<Record<string, number>>;
}
