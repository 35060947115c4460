import { LISTEN_PORTS } from "@ngflow/wire";

/** Where to listen: a host (`::` for every address) and a UDP port, 0 for any free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Settings of the collector; every absent one takes the default of COLLECTOR_DEFAULTS. */
export interface CollectorConfig {
  readonly listen?: readonly ListenAddress[];
  /** Directory for the template file; without it templates are forgotten at exit. */
  readonly stateDir?: string;
  /** Rows of the batch that the decoder fills. */
  readonly batchRows?: number;
  /** Longest time a row waits in a batch that is not full, milliseconds. */
  readonly flushMs?: number;
  /** Receive buffer asked of the kernel for every socket, bytes; the kernel gives what its limit allows. */
  readonly receiveBufferBytes?: number;
  /** Memory of data sets that may wait for their templates, over all sessions: their bytes and 256 for each set. */
  readonly heldBytes?: number;
  /** How long a data set waits for its template, milliseconds. Some devices send templates every 15 minutes. */
  readonly heldMs?: number;
  /** Sessions kept; beyond it one of the address that takes most is forgotten. */
  readonly maxSessions?: number;
  /** Templates kept in one session. */
  readonly maxTemplates?: number;
  /** Template fields kept over all sessions. */
  readonly maxTemplateFields?: number;
}

export type CollectorSettings = Required<Omit<CollectorConfig, "stateDir">> & Pick<CollectorConfig, "stateDir">;

/** Every protocol is taken on each of the ports. */
export const COLLECTOR_DEFAULTS: Omit<CollectorSettings, "stateDir"> = {
  listen: LISTEN_PORTS.map((port) => ({ host: "::", port })),
  batchRows: 16_384,
  flushMs: 100,
  receiveBufferBytes: 32 * 1024 * 1024,
  heldBytes: 16 * 1024 * 1024,
  heldMs: 30 * 60_000,
  maxSessions: 4096,
  maxTemplates: 1024,
  maxTemplateFields: 262_144,
};

export function collectorSettings(config: CollectorConfig): CollectorSettings {
  return { ...COLLECTOR_DEFAULTS, ...config };
}
