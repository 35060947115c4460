/** Counters of the control socket's thread. */
export interface ListenCounters {
  /** Connections accepted. */
  readonly connections: number;
  /** Connections closed because there were too many, and none could give way. */
  readonly refusedConnections: number;
  /** Connections of users who are neither the owner nor in the group; closed. */
  readonly deniedConnections: number;
  /** Connections closed to make room for another. */
  readonly displacedConnections: number;
  /** Connections closed because their clients said nothing. */
  readonly silentConnections: number;
  /** Connections closed because their clients did not read. */
  readonly stalledConnections: number;
  /** Frames of an impossible length; each closed its connection. */
  readonly malformedFrames: number;
}

/** Counters of the control socket's side in the graph's thread. */
export interface RequestCounters {
  /** Requests answered. */
  readonly requests: number;
  /** Frames of a wrong kind, order or content; each closed its connection. */
  readonly malformedFrames: number;
  /** Messages that a client did not read in time. */
  readonly droppedMessages: number;
  /** Packets that a client did not read in time. */
  readonly droppedPackets: number;
}

/** Both sides of the control socket: the hop `control` of the pipeline. */
export type ControlCounters = ListenCounters & RequestCounters;

export const NOTHING_LISTENED: ListenCounters = {
  connections: 0,
  refusedConnections: 0,
  deniedConnections: 0,
  displacedConnections: 0,
  silentConnections: 0,
  stalledConnections: 0,
  malformedFrames: 0,
};

export const NOTHING_REQUESTED: RequestCounters = {
  requests: 0,
  malformedFrames: 0,
  droppedMessages: 0,
  droppedPackets: 0,
};

/** Counters as their only writer sees them. */
export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The sum of both sides. */
export function controlCounters(listening: ListenCounters, requested: RequestCounters): ControlCounters {
  return {
    ...listening,
    ...requested,
    malformedFrames: listening.malformedFrames + requested.malformedFrames,
  };
}
