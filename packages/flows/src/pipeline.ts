/**
 * Totals since start, from the first packet to the stored row: the first screen of the console. A total is null if the
 * part that counts it (graph, collector or store) cannot be reached.
 */
export interface PipelineTotals {
  readonly packetsSeen: number | null;
  readonly packetsDropped: number | null;
  readonly packetsAccounted: number | null;
  readonly recordsExported: number | null;
  readonly datagramsReceived: number | null;
  readonly recordsLost: number | null;
  readonly recordsDecoded: number | null;
  readonly rowsStored: number | null;
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
  snmp: "snmp",
  threads: "threads",
} as const;

/** One hop with its counters by name; units are in the names. */
export interface PipelineHop {
  /**
   * One of `HOPS` or the name of a node type. Nodes have `:<name>` behind it, or `:ended` (the sum of nodes that are
   * gone), or `:all` (the sum of nodes that are too many to be named). Threads have that of their daemon behind it.
   */
  readonly hop: string;
  readonly counters: Readonly<Record<string, number>>;
  /** Unix milliseconds of the last packet, record or row that passed; null if there was none. */
  readonly lastSeenMs: number | null;
  /**
   * Milliseconds since a part in another process reported these counters: above `HOP_OLD_MS` it runs but does not
   * answer. Absent where they are those of this moment.
   */
  readonly ageMs?: number;
}

/** Above this age counters are old: the console and `ngflow` say so. */
export const HOP_OLD_MS = 3000;

/** `GET /api/v1/pipeline`. */
export interface Pipeline extends PipelineTotals {
  readonly hops: readonly PipelineHop[];
}
