import { DEFAULT_CLOCK_LIMIT_MS, EXTRA_ROW_BYTES } from "@ngflow/flows";
import { LISTEN_PORTS } from "@ngflow/wire";
import type { TeeConfig } from "./tee/tee-target.ts";
import type { TlsSettings } from "./stream/tls-files.ts";

/**
 * Where to listen: a host (`::` for every address; a multicast group, of an interface with `%NAME`) and a port, 0 for
 * any free one.
 */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** By default `udp`. The other two take IPFIX only. */
  readonly transport?: "udp" | "tcp" | "tls";
  /** Sockets that `bindEarly` has bound to the address, one for each receiver. */
  readonly fds?: readonly number[];
}

/** Settings of the collector. COLLECTOR_DEFAULTS has the defaults. */
export interface CollectorConfig {
  readonly listen?: readonly ListenAddress[];
  /**
   * Addresses and prefixes that may send, such as `192.0.2.0/24`; empty for all. Datagrams of others are dropped before
   * they are decoded, and counted.
   */
  readonly allowExporters?: readonly string[];
  /** Other collectors that get every datagram too, as it came. Unlike `listen`, addresses only. */
  readonly tee?: readonly TeeConfig[];
  /**
   * Addresses and prefixes of proxies: what they send begins with a header of the PROXY protocol, version 2, that
   * names the exporter. What does not is dropped, and counted. Empty for none.
   */
  readonly proxies?: readonly string[];
  /**
   * What a session over UDP is of: an exporter's address and source `port`, or its `address`, for devices that send
   * templates from one port and data from others.
   */
  readonly sessionBy?: "port" | "address";
  /** Most records a second of one exporter's address; 0 for no limit. */
  readonly exporterRate?: number;
  /** Files of `tls` addresses. */
  readonly tls?: TlsSettings;
  /** Most connections, in all and of one address. */
  readonly maxConnections?: number;
  readonly maxConnectionsPerAddress?: number;
  /** Directory for the template file; without it templates are lost at exit. */
  readonly stateDir?: string;
  /** Rows of the batch that the decoder fills. */
  readonly batchRows?: number;
  /** Records of a template before a function is made for it, which decodes the rest; Infinity for never. */
  readonly compileAfter?: number;
  /** Longest time a row waits in a batch that is not full, milliseconds. */
  readonly flushMs?: number;
  /** Receive buffer requested for every socket, bytes; the kernel grants at most its own limit. */
  readonly receiveBufferBytes?: number;
  /**
   * Threads that receive datagrams, each with sockets and a ring of its own; one thread decodes what all have received.
   * A multicast group has one. Linux only; elsewhere there is one.
   */
  readonly receivers?: number;
  /**
   * Memory for datagrams that were received and not decoded yet, bytes, of all receivers together; each has a power of
   * two, at least 256 KiB. Linux only.
   */
  readonly ringBytes?: number;
  /** Most memory of data sets that wait for their templates, over all sessions: their bytes plus 256 for each set. */
  readonly heldBytes?: number;
  /** How long a data set waits for its template, milliseconds. Some devices send templates every 15 minutes. */
  readonly heldMs?: number;
  /** Most sessions. Beyond it, a session of the address that uses the most room is dropped. */
  readonly maxSessions?: number;
  /** Most templates of one session. */
  readonly maxTemplates?: number;
  /**
   * Most fields of templates that are different, over all sessions. The fields of all sessions together may be four
   * times as many, because exporters of one kind send the same templates.
   */
  readonly maxTemplateFields?: number;
  /**
   * How long a template of an exporter over UDP is used after it was last sent, milliseconds; 0 for as long as its
   * session is known. It should be three times the interval of the slowest exporter, or more (RFC 7011 section 8.4).
   */
  readonly templateLifetimeMs?: number;
  /**
   * How far the clock of an exporter may be off, milliseconds. Beyond it, its flows are placed by their arrival; 0 to
   * believe every clock.
   */
  readonly clockLimitMs?: number;
  /**
   * Most bytes of a record's fields that no column takes, which column Extra keeps: 1 to 65,535, or 0 to keep none.
   */
  readonly extraRowBytes?: number;
}

/** The settings that may change while a collector runs. */
export interface CollectorChange extends Partial<
  Pick<CollectorConfig, "allowExporters" | "exporterRate" | "clockLimitMs" | "templateLifetimeMs">
> {
  /** Addresses to listen on besides those of before. */
  readonly added?: readonly ListenAddress[];
}

type Optional = "stateDir" | "tls";
export type CollectorSettings = Required<Omit<CollectorConfig, Optional>> & Pick<CollectorConfig, Optional>;
/** Those of TCP and TLS. */
export type StreamSettings = Pick<
  CollectorSettings,
  "tls" | "maxConnections" | "maxConnectionsPerAddress" | "allowExporters" | "proxies"
>;

/** Every port accepts every protocol. */
export const COLLECTOR_DEFAULTS: Omit<CollectorSettings, Optional> = {
  listen: LISTEN_PORTS.map((port) => ({ host: "::", port })),
  allowExporters: [],
  proxies: [],
  sessionBy: "port",
  exporterRate: 0,
  tee: [],
  maxConnections: 512,
  maxConnectionsPerAddress: 64,
  batchRows: 2048,
  // Until then the steps have cost about as much more as the engine needs to optimise a function: tens of milliseconds.
  compileAfter: 131_072,
  flushMs: 100,
  receiveBufferBytes: 32 * 1024 * 1024,
  receivers: 1,
  ringBytes: 64 * 1024 * 1024,
  heldBytes: 16 * 1024 * 1024,
  heldMs: 30 * 60_000,
  maxSessions: 4096,
  maxTemplates: 1024,
  maxTemplateFields: 262_144,
  templateLifetimeMs: 0,
  clockLimitMs: DEFAULT_CLOCK_LIMIT_MS,
  extraRowBytes: EXTRA_ROW_BYTES,
};

export function collectorSettings(config: CollectorConfig): CollectorSettings {
  return { ...COLLECTOR_DEFAULTS, ...config };
}
