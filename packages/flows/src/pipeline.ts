/** Totals since start, from the first packet to the stored row: the first screen of the console. */
export interface PipelineTotals {
  readonly packetsSeen: number;
  readonly packetsDropped: number;
  readonly packetsAccounted: number;
  readonly recordsExported: number;
  readonly datagramsReceived: number;
  readonly recordsLost: number;
  readonly recordsDecoded: number;
  readonly rowsStored: number;
}

/**
 * Names of hops: in the graph those of nodes by their role, then the graph itself and the parts that records pass.
 * Nodes of other roles are hops by the name of their type.
 */
export const HOPS = {
  interface: "ring",
  meter: "netflow",
  transport: "ksocket",
  graph: "graph",
  control: "control",
  collector: "collector",
  spool: "spool",
  store: "store",
  server: "server",
} as const;

/** One hop with its counters by name; units are in the names. */
export interface PipelineHop {
  /**
   * One of `HOPS` or the name of a node type. Nodes have `:<name>` behind it, or `:ended` (the sum of nodes that are
   * gone), or `:all` (the sum of nodes that are too many to be named).
   */
  readonly hop: string;
  readonly counters: Readonly<Record<string, number>>;
  /** Unix milliseconds of the last packet, record or row that passed; null if there was none. */
  readonly lastSeenMs: number | null;
}

/** `GET /api/v1/pipeline`. */
export interface Pipeline extends PipelineTotals {
  readonly hops: readonly PipelineHop[];
}
