import type { GraphSnapshot } from "@ngflow/graph";
import type { ControlCounters } from "./control-counters.ts";

/** The graph of a daemon at one moment, with what its control socket counts. */
export interface DaemonSnapshot extends GraphSnapshot {
  readonly control: ControlCounters;
}
