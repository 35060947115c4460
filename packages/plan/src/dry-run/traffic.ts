import type { Direction, ProbeKind } from "./probe-frame.ts";

/** Where packets enter and leave a model: the two ends of an interface, or a node that hands them to the outside. */
export interface Place {
  /** `wire` and `host` of an interface; `node`: a socket, or a node where the packet ends. */
  readonly end: "wire" | "host" | "node";
  /** Name of the interface, or of the node (`[2a]` when it has none). */
  readonly name: string;
}

/** What happened to the probes of one interface and direction after a step. */
export interface Traffic {
  readonly interface: string;
  readonly direction: Direction;
  /**
   * `flows`: every probe came out where it should, or is spread over several interfaces; `cut`: none did; `partly`:
   * some kinds only, or only some packets of a kind.
   */
  readonly state: "flows" | "cut" | "partly";
  /** Kinds that came out where they should. */
  readonly passed: readonly ProbeKind[];
  /** A probe came out at its proper end more often than it was sent. */
  readonly duplicated: boolean;
  /** Other places that got a copy; empty when nothing came out where it should. */
  readonly copied: readonly Place[];
  /**
   * The same end of other interfaces, where packets came out in turn with this one: together, these are all of the
   * packets.
   */
  readonly spread: readonly Place[];
  /** Some packets of a kind came out where they should, and others of it nowhere. */
  readonly lossy: boolean;
  /** Where packets went that did not come out where they should; empty when all of a kind that passes did. */
  readonly elsewhere: readonly Place[];
  /** Meters that counted the packets. */
  readonly counted: readonly string[];
  /** Meters that passed the packets without counting them. */
  readonly uncounted: readonly string[];
  /** Hooks by which the packets left their nodes, in the order of the path: `em0:lower`, `netflow:out0`. */
  readonly path: readonly string[];
  /** The packets were in a loop, and the graph dropped them. */
  readonly looped: boolean;
}

/** A stretch of steps during which packets of a direction did not reach their end. */
export interface Cut {
  readonly interface: string;
  readonly direction: Direction;
  /** Number of the step after which the direction was cut; 0: it was from the beginning. */
  readonly from: number;
  /** Number of the step that restored it, null if none does. */
  readonly to: number | null;
}

/** The stretches in which directions were cut. @param after traffic after each step; index 0 is before the first. */
export function findCuts(after: readonly (readonly Traffic[])[]): Cut[] {
  const cuts: Cut[] = [];
  const open = new Map<string, { interface: string; direction: Direction; from: number }>();
  for (const [step, rows] of after.entries()) {
    for (const row of rows) {
      const key = `${row.direction} ${row.interface}`;
      const start = open.get(key);
      if (row.state === "cut" && start === undefined) {
        open.set(key, { interface: row.interface, direction: row.direction, from: step });
      } else if (row.state !== "cut" && start !== undefined) {
        cuts.push({ ...start, to: step });
        open.delete(key);
      }
    }
  }
  for (const start of open.values()) cuts.push({ ...start, to: null });
  return cuts.sort(
    (a, b) =>
      a.from - b.from ||
      (a.interface < b.interface ? -1 : a.interface > b.interface ? 1 : 0) ||
      (a.direction < b.direction ? -1 : 1),
  );
}
