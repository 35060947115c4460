import { displayText, type Graph, type GraphChange, type Node, type NodeRole } from "@ngflow/graph";

/** Nodes of the largest graph that is drawn. */
export const MAX_DRAWN = 120;

export interface PictureHook {
  readonly name: string;
  readonly peerId: number;
  readonly peerHook: string;
  readonly isNew: boolean;
}

export interface PictureNode {
  readonly id: number;
  readonly name: string | null;
  readonly type: string;
  readonly role: NodeRole;
  readonly hooks: readonly PictureHook[];
  /** `made` in this step, `named` in it, `messaged` (sent a message) in it, or null. */
  readonly change: "made" | "named" | "messaged" | null;
  /** Node of an interface of the machine. */
  readonly isInterface: boolean;
  /** Where a socket sends to, and whether that is so since this step. */
  readonly target: { readonly address: string; readonly isNew: boolean } | null;
}

/** A graph as it is drawn after a step, its changed parts marked. */
export interface Picture {
  readonly nodes: readonly PictureNode[];
  /** Nodes that the step removed, for the caption. */
  readonly gone: readonly string[];
}

/** What a picture shows besides nodes and edges. */
export interface PictureContext {
  /** Nodes that are left out while they have no hooks. */
  readonly hidden: (node: Node) => boolean;
  readonly interfaces: ReadonlySet<Node>;
  /** Address that a node sends to, undefined when it is not a socket or has no peer. */
  readonly targetOf: (node: Node) => string | undefined;
}

/**
 * The graph now, or null when it is too large to draw.
 * @param before the picture before the step. @param messagedId id of the node that the step sent a message to.
 */
export function takePicture(
  graph: Graph,
  changes: readonly GraphChange[],
  { hidden, interfaces, targetOf }: PictureContext,
  before: Picture | null = null,
  messagedId: number | undefined = undefined,
): Picture | null {
  const nodes: Node[] = [];
  for (const node of graph.nodes()) {
    if (node.hooks.size === 0 && hidden(node)) continue;
    if (nodes.length === MAX_DRAWN) return null;
    nodes.push(node);
  }
  const targets = new Map(before?.nodes.map((node) => [node.id, node.target?.address]) ?? []);
  const made = new Set(changes.flatMap((change) => (change.kind === "made" ? [change.id] : [])));
  const named = new Set(changes.flatMap((change) => (change.kind === "named" ? [change.id] : [])));
  const joined = new Set(
    changes.flatMap((change) => (change.kind === "joined" ? change.ends.map(({ id, hook }) => `${id} ${hook}`) : [])),
  );
  return {
    nodes: nodes
      .sort((a, b) => a.id - b.id)
      .map((node) => ({
        id: node.id,
        name: node.name === null ? null : displayText(node.name),
        type: node.type.name,
        role: node.type.role,
        hooks: [...node.hooks.values()].flatMap(({ name, peer }) => {
          if (peer === null) return [];
          const shown = displayText(name);
          const isNew = joined.has(`${node.id} ${shown}`);
          return [{ name: shown, peerId: peer.node.id, peerHook: displayText(peer.name), isNew }];
        }),
        change: made.has(node.id) ? "made" : named.has(node.id) ? "named" : node.id === messagedId ? "messaged" : null,
        isInterface: interfaces.has(node),
        target: targetFrom(targetOf(node), targets.get(node.id)),
      })),
    gone: changes.flatMap((change) => (change.kind === "gone" ? [change.name ?? `[${change.id.toString(16)}]`] : [])),
  };
}

function targetFrom(address: string | undefined, before: string | undefined): PictureNode["target"] {
  return address === undefined ? null : { address, isNew: address !== before };
}
