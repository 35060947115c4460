import type { Delivery } from "./delivery.ts";
import type { Edges } from "./edges.ts";
import { EndedCounters } from "./ended-counters.ts";
import { NgError } from "./ng-error.ts";
import type { Faults } from "./faults.ts";
import type { HistoryRecorder } from "./history/history-recorder.ts";
import { Node, type NodeId } from "./node.ts";
import type { NodeResources } from "./node-resources.ts";
import type { NodeTable } from "./node-table.ts";
import type { NodeBehaviour, NodeContext, NodeType } from "./node-type.ts";
import type { TypeRegistry } from "./type-registry.ts";

const MAX_ID = 0xffffffff;

/** What making and ending nodes needs of the graph. */
export interface NodeLifeDeps {
  readonly delivery: Delivery;
  readonly table: NodeTable;
  readonly registry: TypeRegistry;
  readonly faults: Faults;
  readonly resources: NodeResources;
  readonly edges: Edges;
  readonly recorder: HistoryRecorder;
  /** Nodes at a time. */
  readonly maxNodes: number;
  /** The set of nodes changed. */
  changed(): void;
  contextOf(node: Node): NodeContext;
}

/** Nodes being made and ended (reference: netgraph.md §4). */
export class NodeLife {
  /** Final counters of nodes that no longer exist. */
  readonly ended = new EndedCounters();
  /** Nodes not made because there were too many. */
  refused = 0;
  readonly #deps: NodeLifeDeps;
  readonly #closing = new Set<Node>();
  #lastId = 0;

  constructor(deps: NodeLifeDeps) {
    this.#deps = deps;
  }

  /** @throws NgError ENOMEM when there are too many nodes; what the type throws. No node is left in either case. */
  make(type: NodeType, makeBehaviour: (context: NodeContext) => NodeBehaviour): Node {
    const { table, resources, recorder, registry, delivery } = this.#deps;
    if (table.size >= this.#deps.maxNodes) {
      this.refused++;
      throw new NgError("ENOMEM");
    }
    do this.#lastId = this.#lastId === MAX_ID ? 1 : this.#lastId + 1;
    while (table.byId(this.#lastId) !== undefined);
    const node = new Node(this.#lastId as NodeId, type, delivery);
    try {
      node.behaviour = makeBehaviour(this.#deps.contextOf(node));
    } catch (error) {
      resources.release(node);
      throw error;
    }
    table.add(node);
    recorder.made(node);
    registry.count(type, 1);
    this.#deps.changed();
    try {
      node.behaviour.created?.();
    } catch (error) {
      this.end(node, true);
      throw error;
    }
    return node;
  }

  /** Shutdown as in netgraph.md §4.5; `force` ends nodes of persistent types too. */
  end(node: Node, force: boolean): void {
    const { table, resources, recorder, registry, faults, edges } = this.#deps;
    if (this.#closing.has(node) || table.byId(node.id) !== node) return;
    this.#closing.add(node);
    recorder.touching(node);
    node.valid = false;
    this.#deps.changed();
    faults.attempt(node, "close", () => node.behaviour.close?.());
    for (const hook of node.newestHooks()) edges.remove(hook);
    let persists = false;
    faults.attempt(node, "shutdown", () => {
      persists = node.behaviour.shutdown?.() === "persist";
    });
    this.#closing.delete(node);
    if (persists && !force) {
      node.valid = true;
      return;
    }
    faults.attempt(node, "counters", () => this.ended.add(node));
    resources.release(node);
    recorder.gone(node);
    table.remove(node);
    registry.count(node.type, -1);
  }
}
