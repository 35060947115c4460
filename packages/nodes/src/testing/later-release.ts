/** A step of graph.json that a later release does otherwise, as ngflow does; it is left out. */
interface LaterRelease {
  /** Name of the case. */
  readonly in: string;
  /** Words of the command. */
  readonly cmd: string;
  /** From which release on, and what it does. */
  readonly since: string;
}

/** The data are of 13.0: what releases since then do otherwise (docs/reference/fidelity.md has the same list). */
export const LATER_RELEASES: readonly LaterRelease[] = [
  { in: "bridge", cmd: "connect . br: d uplink1", since: "14: a bridge has uplinks" },
];
