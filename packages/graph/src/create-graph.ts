import type { Clock } from "@ngflow/base";
import { isNodeName } from "./address.ts";
import { toByteString } from "./byte-string.ts";
import { Delivery } from "./delivery.ts";
import { Edges } from "./edges.ts";
import { EndedCounters } from "./ended-counters.ts";
import { E, NgError } from "./errno.ts";
import { describeNode, Faults } from "./faults.ts";
import { answerGeneric, type GenericOperations } from "./generic-messages.ts";
import type { Graph, GraphCounters, GraphLog, GraphOptions } from "./graph.ts";
import type { Hook } from "./hook.ts";
import type { GraphHistory } from "./history/graph-history.ts";
import { HistoryRecorder } from "./history/history-recorder.ts";
import { operationWords } from "./history/operation-words.ts";
import { GENERIC_COOKIE, RESPONSE, responseTo } from "./message.ts";
import { Node, type NodeId } from "./node.ts";
import { NodeResources } from "./node-resources.ts";
import { nodeSnapshot } from "./node-snapshot.ts";
import { NodeTable } from "./node-table.ts";
import type { ControlMessage, NodeBehaviour, NodeContext, NodeType, ReplyAddress } from "./node-type.ts";
import { resolveAddress } from "./resolve-address.ts";
import type { GraphSnapshot } from "./snapshot.ts";
import { SOCKET_TYPE } from "./socket-type.ts";
import { TypeRegistry } from "./type-registry.ts";

/** Makes an empty graph. It does nothing by itself: time passes in `tick`, packets come from nodes and `run`. */
export function createGraph(options: GraphOptions): Graph {
  return new GraphState(options);
}

const MAX_ID = 0xffffffff;
/** Nodes at a time unless the options say otherwise. */
const MAX_NODES = 65_536;

class GraphState implements Graph, GenericOperations {
  readonly clock: Clock;
  private readonly log: GraphLog;
  private readonly delivery = new Delivery();
  private readonly table = new NodeTable();
  private readonly registry: TypeRegistry;
  private readonly faults: Faults;
  private readonly resources: NodeResources;
  private readonly edges: Edges;
  private readonly closing = new Set<Node>();
  private readonly ended = new EndedCounters();
  private readonly listeners = new Set<(revision: number) => void>();
  private lastId = 0;
  private revision = 0;
  private stale = 0;
  private readonly maxNodes: number;
  private nodesRefused = 0;
  private readonly recorder: HistoryRecorder;

  constructor(options: GraphOptions) {
    this.clock = options.clock;
    this.log = options.log ?? (() => {});
    this.maxNodes = options.maxNodes ?? MAX_NODES;
    this.recorder = new HistoryRecorder(options.clock, options.history ?? 0);
    this.faults = new Faults(this.log);
    this.resources = new NodeResources(this.clock, this.faults, options.onEarlierTimer);
    this.registry = new TypeRegistry([SOCKET_TYPE, ...options.types], options.loadable ?? []);
    this.edges = new Edges({
      delivery: this.delivery,
      changed: () => this.changed(),
      recorder: this.recorder,
      faults: this.faults,
      lastHookGone: (node) => {
        if (node.valid && (node.type.lastHook ?? "shutdown") === "shutdown") this.shutdownNode(node);
      },
    });
  }

  mkpeer(from: Node | undefined, path: string, type: string, hook: string, peerHook: string): Node {
    return this.operate(from, ["mkpeer", path, type, hook, peerHook], () => {
      this.requireType(type);
      return this.mkpeerAt(this.resolve(from, path), type, hook, peerHook);
    });
  }

  connect(from: Node | undefined, path: string, relpath: string, hook: string, peerHook: string): void {
    this.operate(from, ["connect", path, relpath, hook, peerHook], () =>
      this.connectAt(this.resolve(from, path), relpath, hook, peerHook),
    );
  }

  setName(from: Node | undefined, path: string, name: string): void {
    this.operate(from, ["name", path, name], () => this.rename(this.resolve(from, path), name));
  }

  rmhook(from: Node | undefined, path: string, hook: string): void {
    this.operate(from, ["rmhook", path, hook], () => this.removeHook(this.resolve(from, path), hook));
  }

  shutdown(from: Node | undefined, path: string): void {
    this.operate(from, ["shutdown", path], () => this.shutdownNode(this.resolve(from, path)));
  }

  resolve(from: Node | undefined, path: string): Node {
    return resolveAddress(this.table, from, path);
  }

  sendMessage(from: Node, path: string, message: ControlMessage): void {
    this.operate(from, operationWords(path, message), () =>
      this.deliver(this.resolve(from, path), message, { nodeId: from.id, token: message.token }),
    );
  }

  addNode(type: string, name: string | null, makeBehaviour: (context: NodeContext) => NodeBehaviour): Node {
    const made = this.run(() => {
      const node = this.makeNode(this.requireType(type), makeBehaviour);
      try {
        if (name !== null) this.rename(node, name);
      } catch (error) {
        this.endNode(node, true);
        throw error;
      }
      return node;
    });
    this.recorder.noteNode("made", made, made.name);
    return made;
  }

  removeNode(node: Node): void {
    if (!node.valid) return;
    const { name } = node;
    this.run(() => this.endNode(node, true));
    this.recorder.noteNode("gone", node, name);
  }

  node(id: number): Node | undefined {
    const node = this.table.byId(id);
    return node?.valid === true ? node : undefined;
  }

  nodes(): Iterable<Node> {
    return this.table.listNodes();
  }

  loadType(type: NodeType): void {
    this.registry.load(type);
    this.changed();
  }

  requireType(name: string): NodeType {
    return this.registry.require(name);
  }

  loadModule(module: string): void {
    this.registry.loadModule(module);
    this.changed();
  }

  unloadModule(module: string): void {
    this.registry.unloadModule(module);
    this.changed();
  }

  modules(): ReturnType<Graph["modules"]> {
    return this.registry.modules();
  }

  types(): ReturnType<Graph["types"]> {
    return this.registry.list();
  }

  run<T>(task: () => T): T {
    this.delivery.enter();
    try {
      return task();
    } finally {
      this.delivery.leave();
    }
  }

  tick(nowMs: number): number {
    return this.run(() => this.resources.tick(nowMs));
  }

  snapshot(): GraphSnapshot {
    const nodes = Array.from(this.table.listNodes(), nodeSnapshot);
    return { revision: this.revision, timeMs: this.clock.nowMs(), nodes, ended: this.ended.byType() };
  }

  counters(): GraphCounters {
    const { loopDrops, overflows } = this.delivery;
    return { loopDrops, queueOverflows: overflows, queueStale: this.stale, nodesRefused: this.nodesRefused };
  }

  history(): GraphHistory {
    return this.recorder.history();
  }

  onChange(listener: (revision: number) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  // Operations on resolved nodes, for the generic messages.

  mkpeerAt(node: Node, typeName: string, hook: string, peerHook: string): Node {
    const type = this.registry.find(typeName);
    if (type === undefined) throw new NgError("ENXIO");
    const { create } = type;
    const peer = this.makeNode(type, (context) => {
      if (create === undefined) throw new NgError("EINVAL");
      return create(context);
    });
    try {
      this.edges.joinNew(node, toByteString(hook), peer, toByteString(peerHook));
    } catch (error) {
      this.endNode(peer, true);
      throw error;
    }
    return peer;
  }

  connectAt(node: Node, path: string, hook: string, peerHook: string): void {
    this.edges.joinExisting(node, toByteString(hook), this.resolve(node, path), toByteString(peerHook));
  }

  rename(node: Node, name: string): void {
    const bytes = toByteString(name);
    if (!isNodeName(bytes)) throw new NgError("EINVAL");
    if (this.table.byName(bytes)?.valid === true) throw new NgError("EADDRINUSE");
    const was = node.name;
    this.table.rename(node, bytes);
    this.recorder.named(node, was);
    this.changed();
  }

  removeHook(node: Node, name: string): void {
    const hook = node.hooks.get(toByteString(name));
    if (hook !== undefined) this.edges.remove(hook);
  }

  shutdownNode(node: Node): void {
    this.endNode(node, false);
  }

  listNodes(): Iterable<Node> {
    return this.table.listNodes();
  }

  listNames(): Iterable<Node> {
    return this.table.listNames();
  }

  listTypes(): ReturnType<Graph["types"]> {
    return this.types();
  }

  /** Runs an operation and keeps it in the history; without words it is none. */
  private operate<T>(from: Node | undefined, words: readonly string[] | undefined, task: () => T): T {
    if (words === undefined) return this.run(task);
    let errno = 0;
    try {
      return this.run(task);
    } catch (error) {
      errno = error instanceof NgError ? error.errno : E.EIO;
      throw error;
    } finally {
      this.recorder.note(from, words, errno);
    }
  }

  private makeNode(type: NodeType, makeBehaviour: (context: NodeContext) => NodeBehaviour): Node {
    if (this.table.size >= this.maxNodes) {
      this.nodesRefused++;
      throw new NgError("ENOMEM");
    }
    do this.lastId = this.lastId === MAX_ID ? 1 : this.lastId + 1;
    while (this.table.byId(this.lastId) !== undefined);
    const node = new Node(this.lastId as NodeId, type, this.delivery);
    try {
      node.behaviour = makeBehaviour(this.contextOf(node));
    } catch (error) {
      this.resources.release(node);
      throw error;
    }
    this.table.add(node);
    this.recorder.made(node);
    this.registry.count(type, 1);
    this.changed();
    try {
      node.behaviour.created?.();
    } catch (error) {
      this.endNode(node, true);
      throw error;
    }
    return node;
  }

  /** Shutdown as of netgraph.md §4.5; `force` ends nodes of persistent types too. */
  private endNode(node: Node, force: boolean): void {
    if (this.closing.has(node) || this.table.byId(node.id) !== node) return;
    this.closing.add(node);
    node.valid = false;
    this.changed();
    this.faults.attempt(node, "close", () => node.behaviour.close?.());
    for (const hook of node.newestHooks()) this.edges.remove(hook);
    let persists = false;
    this.faults.attempt(node, "shutdown", () => {
      persists = node.behaviour.shutdown?.() === "persist";
    });
    this.closing.delete(node);
    if (persists && !force) {
      node.valid = true;
      return;
    }
    this.faults.attempt(node, "counters", () => this.ended.add(node));
    this.resources.release(node);
    this.recorder.gone(node);
    this.table.remove(node);
    this.registry.count(node.type, -1);
  }

  /** Has a node act on a message and sends its reply. @throws NgError; EIO, logged, when the node fails otherwise. */
  private deliver(target: Node, message: ControlMessage, from: ReplyAddress, viaHook?: Hook): void {
    try {
      const reply = this.answer(target, message, from, viaHook);
      if (reply !== undefined) this.respond(target, from, responseTo(message, reply));
    } catch (error) {
      if (error instanceof NgError) throw error;
      this.faults.note(target, `message ${message.cookie}/${message.cmd}`, error);
      throw new NgError("EIO");
    }
  }

  private answer(
    target: Node,
    message: ControlMessage,
    from: ReplyAddress,
    viaHook: Hook | undefined,
  ): Uint8Array | undefined {
    if (message.cookie === GENERIC_COOKIE && (message.flags & RESPONSE) === 0) {
      const answer = answerGeneric(this, target, message);
      if (answer !== "forward") return answer;
      // A type without handler takes any message of others, but has no status to give.
      if (target.behaviour.message === undefined) throw new NgError("EINVAL");
    }
    return target.behaviour.message?.(message, from, viaHook);
  }

  private respond(responder: Node, to: ReplyAddress, reply: ControlMessage): void {
    const node = this.node(to.nodeId);
    if (node === undefined) return;
    this.faults.attempt(node, "message", () => {
      node.behaviour.message?.(reply, { nodeId: responder.id, token: reply.token });
    });
  }

  private contextOf(node: Node): NodeContext {
    return {
      node,
      clock: this.clock,
      enqueue: (task) =>
        this.delivery.enqueueData(() => {
          if (node.valid) this.faults.attempt(node, "queued delivery", task);
          else this.stale++;
        }),
      every: (intervalMs, task) => this.resources.startTimer(node, intervalMs, task),
      tagBit: () => this.resources.tagBit(node),
      typeTagBits: () => this.resources.typeTagBits(node.type),
      setName: (name) => this.rename(node, name),
      spawn: (create) => this.run(() => this.makeNode(node.type, create)),
      respond: (to, reply) => this.run(() => this.respond(node, to, reply)),
      sendAlong: (hook, message) => this.sendAlong(hook, message),
      bypass: (a, b) => this.edges.bypass(a, b),
      shutdown: () => {
        if (node.valid) this.run(() => this.delivery.enqueueControl(() => this.endNode(node, false)));
      },
      log: (level, message) => this.log(level, `${describeNode(node)}: ${message}`),
    };
  }

  private sendAlong(hook: Hook, message: ControlMessage): number {
    const peer = hook.peer;
    if (peer === null || !hook.valid || !peer.valid || !peer.node.valid) return new NgError("ENETDOWN").errno;
    try {
      this.run(() => this.deliver(peer.node, message, { nodeId: hook.node.id, token: message.token }, peer));
      return 0;
    } catch (error) {
      if (error instanceof NgError) return error.errno;
      throw error;
    }
  }

  private changed(): void {
    this.revision++;
    if (this.listeners.size === 0) return;
    const notify = (): void => {
      for (const listener of this.listeners)
        this.faults.attempt(undefined, "change listener", () => listener(this.revision));
    };
    if (this.delivery.idle) notify();
    else this.delivery.whenIdle(notify);
  }
}
