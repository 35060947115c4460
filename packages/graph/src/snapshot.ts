import type { NodeRole } from "./node-role.ts";

/** The graph at one moment, as the console draws it and `/api/v1/graph` returns it. */
export interface GraphSnapshot {
  /** Grows with every structural change. */
  readonly revision: number;
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly nodes: readonly NodeSnapshot[];
  /** Counters of nodes that are gone, summed by the name of their type; gauges are left out. */
  readonly ended: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Roles of the types that `ended` names. */
  readonly endedRoles: Readonly<Record<string, NodeRole>>;
}

export interface NodeSnapshot {
  readonly id: number;
  readonly name: string | null;
  readonly type: string;
  readonly role: NodeRole;
  readonly hooks: readonly HookSnapshot[];
  readonly counters: Readonly<Record<string, number>>;
}

export interface HookSnapshot {
  readonly name: string;
  readonly peerId: number;
  readonly peerHook: string;
  /** Packets and bytes that left the node through this hook. */
  readonly outPackets: number;
  readonly outBytes: number;
  readonly outErrors: number;
}
