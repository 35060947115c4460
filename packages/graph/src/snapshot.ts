import type { NodeRole } from "./node-role.ts";

/** What was lost inside the graph, and what it refused. Part of every snapshot, and a hop of the pipeline. */
export interface GraphCounters {
  /** Packets dropped because they went round in a loop. */
  readonly loopDrops: number;
  /** Queued deliveries refused because 4096 were waiting. */
  readonly queueOverflows: number;
  /** Queued deliveries dropped because their node had ended. */
  readonly deliveriesToDeadNode: number;
  /** Nodes that were not made because there were as many as there may be. */
  readonly nodesRefused: number;
}

/** What a snapshot has besides the nodes. */
export interface GraphFacts {
  /** Grows with every structural change. */
  readonly revision: number;
  /** Unix milliseconds. */
  readonly timeMs: number;
  /** What was lost inside the graph, between its nodes. */
  readonly counters: GraphCounters;
  /** Counters of nodes that have ended, summed by the name of their type; gauges are left out. */
  readonly ended: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Roles of the types that `ended` names. */
  readonly endedRoles: Readonly<Record<string, NodeRole>>;
}

/** The graph at one moment, as the console draws it and `/api/v1/graph` returns it. */
export interface GraphSnapshot extends GraphFacts {
  readonly nodes: readonly NodeSnapshot[];
}

/** A node as it was when the snapshot was made, with its hooks and counters. */
export interface NodeSnapshot {
  readonly id: number;
  readonly name: string | null;
  readonly type: string;
  readonly role: NodeRole;
  readonly hooks: readonly HookSnapshot[];
  readonly counters: Readonly<Record<string, number>>;
}

/** A hook as it was when the snapshot was made. */
export interface HookSnapshot {
  readonly name: string;
  readonly peerId: number;
  readonly peerHook: string;
  /** Packets and bytes that left the node through this hook. */
  readonly outPackets: number;
  readonly outBytes: number;
  readonly outErrors: number;
}
