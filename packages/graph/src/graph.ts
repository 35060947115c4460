import type { Clock, Log } from "@ngflow/base";
import type { GraphHistory } from "./history/graph-history.ts";
import type { Node } from "./node.ts";
import type { NodeBehaviour, NodeContext, NodeType } from "./node-type.ts";
import type { ControlMessage } from "./control-message.ts";
import type { Journal } from "./structure/journal.ts";
import type { GraphCounters, GraphFacts, GraphSnapshot } from "./snapshot.ts";
import type { ModuleInfo, TypeUse } from "./type-registry.ts";

/** What a graph is made of. */
export interface GraphOptions {
  /**
   * Size at first of the table that orders the list of nodes, a power of 2; by default the kernel's. Nodes with smaller
   * ids are listed in the order in which they were made.
   */
  readonly listBuckets?: number;
  readonly clock: Clock;
  /** Types that are loaded at once, in this order. */
  readonly types: readonly NodeType[];
  /** Types that `mkpeer` or `loadModule` may load later; those of `types` need not be repeated. */
  readonly loadable?: readonly NodeType[];
  /** Never written to from the data path. */
  readonly log?: Log;
  /** Nodes at a time, 65,536 by default; making more is refused with ENOMEM and counted. */
  readonly maxNodes?: number;
  /** Operations that `history` keeps, 0 by default. */
  readonly history?: number;
  /** Called when a timer is started that is due before the time that `tick` has returned. */
  readonly onEarlierTimer?: (inMs: number) => void;
}

/**
 * Nodes and edges, and the operations on them. An operation is complete, queued deliveries included, when it returns;
 * refusals are NgError in the order of checks of netgraph.md §4. Paths are relative to `from`; without a sender they
 * have to start at a node (EINVAL otherwise).
 */
export interface Graph {
  readonly clock: Clock;
  /** Makes a node of `type` and joins its `peerHook` with `hook` of the node at `path`. Returns the new node. */
  mkpeer(from: Node | undefined, path: string, type: string, hook: string, peerHook: string): Node;
  /** Joins `hook` of the node at `path` with `peerHook` of the node at `relpath`, which is relative to the former. */
  connect(from: Node | undefined, path: string, relpath: string, hook: string, peerHook: string): void;
  setName(from: Node | undefined, path: string, name: string): void;
  /** Removes a hook; one that does not exist is not an error. */
  rmhook(from: Node | undefined, path: string, hook: string): void;
  shutdown(from: Node | undefined, path: string): void;
  /** The node that an address denotes (reference: netgraph.md §3). */
  resolve(from: Node | undefined, path: string): Node;
  /** Sends a control message from a node; its reply reaches that node's `message` before this returns. */
  sendMessage(from: Node, path: string, message: ControlMessage): void;

  /** Makes a node that users cannot (ether, socket), without hooks. @throws NgError of the type or the name. */
  addNode(type: string, name: string | null, makeBehaviour: (context: NodeContext) => NodeBehaviour): Node;
  /** Ends a node even if its type persists: the interface is gone. */
  removeNode(node: Node): void;
  node(id: number): Node | undefined;
  /** Living nodes in the order of `listnodes`. */
  nodes(): Iterable<Node>;

  /** Loads a type. @throws NgError EEXIST when one of that name is loaded. */
  loadType(type: NodeType): void;
  /** Makes sure that a type is loaded. @throws NgError ENOENT when there is none. */
  requireType(name: string): NodeType;
  /** kldload(8) and kldunload(8) by module name. @throws NgError ENOENT, EEXIST, EBUSY. */
  loadModule(module: string): void;
  unloadModule(module: string): void;
  modules(): readonly ModuleInfo[];
  /** Loaded types, newest first. */
  types(): readonly TypeUse[];

  /** Runs `task` as one operation: what it queues, directly or through nodes, is delivered before this returns. */
  run<T>(task: () => T): T;
  /** Runs timers due at `nowMs` (the clock's Unix scale). Returns the milliseconds until the next one, or Infinity. */
  tick(nowMs: number): number;
  snapshot(): GraphSnapshot;
  /** A snapshot without the nodes: its cost does not depend on how many there are. See `nodeSnapshot`. */
  facts(): GraphFacts;
  counters(): GraphCounters;
  /** The last operations, as many as the options say, and what they did. */
  history(): GraphHistory;
  /** Begins to keep what operations touch. End it: until then every operation costs a little more. */
  journal(): Journal;
  /** Counts the changes of nodes, names, hooks and types. */
  readonly revision: number;
  /** Calls `listener` after operations that changed nodes, names, hooks or types. Returns the way to stop that. */
  onChange(listener: (revision: number) => void): () => void;
}
