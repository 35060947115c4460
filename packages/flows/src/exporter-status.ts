/** How far the clock of an exporter may be off by default, milliseconds. */
export const DEFAULT_CLOCK_LIMIT_MS = 300_000;

/** Status of one transport session and observation domain, for the console's page of exporters. */
export interface ExporterStatus {
  readonly address: string;
  /** The exporter's own address, if the protocol has one (sFlow) or records of `address` name it (130 and 131). */
  readonly agent?: string;
  /** Source port, 0 when known from the state file only. */
  readonly port: number;
  /** How it sends: by UDP, over a TCP or TLS connection, or in a file. */
  readonly transport: "udp" | "tcp" | "tls" | "file";
  /** Name of the export protocol, such as `v9` or `ipfix`, and the version in its headers. */
  readonly protocol: string;
  readonly version: number;
  readonly domain: number;
  /** ISO 8601 UTC. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly datagrams: number;
  readonly records: number;
  readonly malformed: number;
  /** Records that were not decoded because the store was short of room. */
  readonly recordsLimited: number;
  /** Sets of data that were dropped because their template did not come. */
  readonly setsDropped: number;
  readonly recordsLost: number;
  readonly sequenceGaps: number;
  readonly sequenceResets: number;
  readonly datagramsReordered: number;
  /** What the exporter's sequence numbers count, such as `records` or `datagrams`; null where the protocol has none. */
  readonly sequenceModel: string | null;
  /** Sampling rate N of 1 in N, and where it came from; rates by sampler id if there are several. */
  readonly samplingRate: number;
  readonly samplingSource: "none" | "header" | "options";
  readonly samplers: Readonly<Record<string, number>>;
  /** Seconds after which it reports a flow that goes on, as its options say (IE 36); absent where they do not. */
  readonly activeTimeout?: number;
  /** Exporter's clock minus the collector's at the last datagram, milliseconds. */
  readonly clockSkewMs: number;
  /**
   * What the collector thinks of that clock: `right`; `wrong`, then its flows are placed by their arrival; `old`, as
   * when a recording is sent again, then they keep their times.
   */
  readonly clock: "right" | "wrong" | "old";
  /** What is wrong with the exporter, one sentence each. */
  readonly warnings: readonly string[];
  readonly templates: readonly ExporterTemplate[];
  readonly missingTemplates: readonly MissingTemplate[];
}

/** A template that an exporter sent. */
export interface ExporterTemplate {
  readonly id: number;
  readonly kind: "flow" | "options";
  /** ISO 8601 UTC. */
  readonly refreshed: string;
  /** Names of its fields, in order. */
  readonly fields: readonly string[];
}

/** A template that has not arrived yet, and the data that waits for it. */
export interface MissingTemplate {
  readonly id: number;
  readonly sets: number;
  readonly bytes: number;
  /** When the oldest of the data arrived, ISO 8601 UTC. */
  readonly since: string;
}
