import type { Log } from "@ngflow/base";
import type { FlowReader } from "@ngflow/flows";
import type { Sources } from "./routes/index.ts";

/** What the server shows, and where it writes what goes wrong. */
export interface ServerDeps {
  readonly reader: FlowReader;
  readonly sources: Sources;
  readonly log: Log;
  /** Unix milliseconds; the system clock when absent. */
  readonly nowMs?: () => number;
}
