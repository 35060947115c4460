import type { GraphSnapshot } from "@ngflow/graph";
import type { ControlCounters } from "./control-counters.ts";

/** A snapshot of a daemon's graph, with the counters of its control socket. */
export interface DaemonSnapshot extends GraphSnapshot {
  readonly control: ControlCounters;
}
