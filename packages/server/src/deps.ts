import type { Log } from "@ngflow/base";
import type { FlowReader, Pipeline } from "@ngflow/flows";
import type { GraphHistory, GraphSnapshot } from "@ngflow/graph";

/** One exporter as the collector knows it; open, because every protocol has details of its own. */
export type ExporterInfo = Readonly<Record<string, unknown>>;

/** What the server shows; each is asked when a request or a sample needs it. */
export interface ServerDeps {
  readonly reader: FlowReader;
  readonly pipeline: () => Promise<Pipeline> | Pipeline;
  /** The graph at this moment, null where no graph runs in reach. */
  readonly graph: () => Promise<GraphSnapshot | null> | GraphSnapshot | null;
  /** How the graph came to be, null where no graph runs in reach. */
  readonly graphHistory?: () => Promise<GraphHistory | null> | GraphHistory | null;
  readonly exporters?: () => readonly unknown[];
  /** Facts about this instance for the console's header: version, mode, interface. */
  readonly info?: () => Readonly<Record<string, string | number | boolean | null>>;
  readonly log: Log;
  /** Unix milliseconds; the system clock when absent. */
  readonly nowMs?: () => number;
}
