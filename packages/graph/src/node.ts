import type { Brand } from "@ngflow/base";
import { Delivery } from "./delivery.ts";
import type { Hook } from "./hook.ts";
import type { NodeBehaviour, NodeType } from "./node-type.ts";

/** 1 to 2^32 - 1, printed in hexadecimal, never reused while the node lives. */
export type NodeId = Brand<number, "NodeId">;

/** A node of the graph: identity and hooks; what it does is its behaviour. */
export class Node {
  readonly id: NodeId;
  readonly type: NodeType;
  /** The graph's delivery state; a node outside a graph has one of its own. */
  readonly delivery: Delivery;
  name: string | null = null;
  /** False from the moment shutdown begins; invalid nodes are not listed and take no packets. */
  valid = true;
  /** By name, oldest first; listings print the newest first (netgraph.md §2.4). */
  readonly hooks = new Map<string, Hook>();
  behaviour: NodeBehaviour = {};

  constructor(id: NodeId, type: NodeType, delivery: Delivery = new Delivery()) {
    this.id = id;
    this.type = type;
    this.delivery = delivery;
  }

  /** Hooks as the kernel walks them: newest first. */
  newestHooks(): Hook[] {
    return [...this.hooks.values()].reverse();
  }
}
