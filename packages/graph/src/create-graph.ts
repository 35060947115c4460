import { type Clock, E, type Log, silentLog } from "@ngflow/base";
import { isNodeName } from "./address.ts";
import { toByteString } from "./byte-string.ts";
import { Delivery } from "./delivery.ts";
import { Edges } from "./edges.ts";
import { NgError } from "./ng-error.ts";
import { Faults, nodeLog } from "./faults.ts";
import { answerGeneric, type GenericOperations } from "./generic-messages.ts";
import type { Graph, GraphOptions } from "./graph.ts";
import type { Hook } from "./hook.ts";
import type { GraphHistory } from "./history/graph-history.ts";
import { HistoryRecorder } from "./history/history-recorder.ts";
import { operationWords } from "./history/operation-words.ts";
import { GENERIC_COOKIE, RESPONSE, responseTo } from "./message.ts";
import { rowOf, runRow } from "./message-row.ts";
import type { Node } from "./node.ts";
import { NodeLife } from "./node-life.ts";
import { NodeResources } from "./node-resources.ts";
import { nodeSnapshot } from "./node-snapshot.ts";
import { NodeTable } from "./node-table.ts";
import type { NodeBehaviour, NodeContext, NodeType } from "./node-type.ts";
import type { ControlMessage, ReplyAddress } from "./control-message.ts";
import { resolveAddress } from "./resolve-address.ts";
import type { GraphCounters, GraphFacts, GraphSnapshot } from "./snapshot.ts";
import { SOCKET_TYPE } from "./socket-type.ts";
import type { Journal } from "./structure/journal.ts";
import { TypeRegistry } from "./type-registry.ts";

/** Makes an empty graph. It does nothing by itself: time passes in `tick`, packets come from nodes and `run`. */
export function createGraph(options: GraphOptions): Graph {
  return new GraphState(options);
}

/** Default limit of nodes at a time. */
const MAX_NODES = 65_536;

class GraphState implements Graph, GenericOperations {
  readonly clock: Clock;
  readonly #log: Log;
  readonly #delivery = new Delivery();
  readonly #table: NodeTable;
  readonly #registry: TypeRegistry;
  readonly #faults: Faults;
  readonly #resources: NodeResources;
  readonly #edges: Edges;
  readonly #life: NodeLife;
  readonly #listeners = new Set<(revision: number) => void>();
  #revision = 0;
  #stale = 0;
  readonly #recorder: HistoryRecorder;

  constructor(options: GraphOptions) {
    this.clock = options.clock;
    this.#table = new NodeTable(options.listBuckets);
    this.#log = options.log ?? silentLog;
    this.#recorder = new HistoryRecorder(options.clock, options.history ?? 0);
    this.#faults = new Faults(this.#log);
    this.#resources = new NodeResources(this.clock, this.#faults, options.onEarlierTimer);
    this.#registry = new TypeRegistry([SOCKET_TYPE, ...options.types], options.loadable ?? []);
    this.#edges = new Edges({
      delivery: this.#delivery,
      changed: () => this.#changed(),
      recorder: this.#recorder,
      faults: this.#faults,
      lastHookGone: (node) => {
        if (node.valid && (node.type.lastHook ?? "shutdown") === "shutdown") this.shutdownNode(node);
      },
    });
    this.#life = new NodeLife({
      delivery: this.#delivery,
      table: this.#table,
      registry: this.#registry,
      faults: this.#faults,
      resources: this.#resources,
      edges: this.#edges,
      recorder: this.#recorder,
      maxNodes: options.maxNodes ?? MAX_NODES,
      changed: () => this.#changed(),
      contextOf: (node) => this.#contextOf(node),
    });
  }

  mkpeer(from: Node | undefined, path: string, type: string, hook: string, peerHook: string): Node {
    return this.#operate(from, ["mkpeer", path, type, hook, peerHook], () => {
      this.requireType(type);
      return this.mkpeerAt(this.resolve(from, path), type, hook, peerHook);
    });
  }

  connect(from: Node | undefined, path: string, relpath: string, hook: string, peerHook: string): void {
    this.#operate(from, ["connect", path, relpath, hook, peerHook], () =>
      this.connectAt(this.resolve(from, path), relpath, hook, peerHook),
    );
  }

  setName(from: Node | undefined, path: string, name: string): void {
    this.#operate(from, ["name", path, name], () => this.rename(this.resolve(from, path), name));
  }

  rmhook(from: Node | undefined, path: string, hook: string): void {
    this.#operate(from, ["rmhook", path, hook], () => this.removeHook(this.resolve(from, path), hook));
  }

  shutdown(from: Node | undefined, path: string): void {
    this.#operate(from, ["shutdown", path], () => this.shutdownNode(this.resolve(from, path)));
  }

  resolve(from: Node | undefined, path: string): Node {
    return resolveAddress(this.#table, from, path).node;
  }

  sendMessage(from: Node, path: string, message: ControlMessage): void {
    this.#operate(from, operationWords(path, message), () => {
      const { node, viaHook } = resolveAddress(this.#table, from, path);
      this.#deliver(node, message, { nodeId: from.id, token: message.token }, viaHook);
    });
  }

  addNode(type: string, name: string | null, makeBehaviour: (context: NodeContext) => NodeBehaviour): Node {
    const made = this.run(() => {
      const node = this.#life.make(this.requireType(type), makeBehaviour);
      try {
        if (name !== null) this.rename(node, name);
      } catch (error) {
        this.#life.end(node, true);
        throw error;
      }
      return node;
    });
    this.#recorder.noteNode("made", made, made.name);
    return made;
  }

  removeNode(node: Node): void {
    if (!node.valid) return;
    const { name } = node;
    this.run(() => this.#life.end(node, true));
    this.#recorder.noteNode("gone", node, name);
  }

  node(id: number): Node | undefined {
    const node = this.#table.byId(id);
    return node?.valid === true ? node : undefined;
  }

  nodes(): Iterable<Node> {
    return this.#table.listNodes();
  }

  loadType(type: NodeType): void {
    this.#registry.load(type);
    this.#changed();
  }

  requireType(name: string): NodeType {
    return this.#registry.require(name);
  }

  loadModule(module: string): void {
    this.#registry.loadModule(module);
    this.#changed();
  }

  unloadModule(module: string): void {
    this.#registry.unloadModule(module);
    this.#changed();
  }

  modules(): ReturnType<Graph["modules"]> {
    return this.#registry.modules();
  }

  types(): ReturnType<Graph["types"]> {
    return this.#registry.list();
  }

  run<T>(task: () => T): T {
    this.#delivery.enter();
    try {
      return task();
    } finally {
      this.#delivery.leave();
    }
  }

  tick(nowMs: number): number {
    return this.run(() => this.#resources.tick(nowMs));
  }

  snapshot(): GraphSnapshot {
    const nodes = Array.from(this.#table.listNodes(), nodeSnapshot);
    return { ...this.facts(), nodes };
  }

  facts(): GraphFacts {
    const { ended } = this.#life;
    return {
      revision: this.#revision,
      timeMs: this.clock.nowMs(),
      counters: this.counters(),
      ended: ended.byType(),
      endedRoles: ended.roleByType(),
    };
  }

  counters(): GraphCounters {
    const { loopDrops, overflows } = this.#delivery;
    return {
      loopDrops,
      queueOverflows: overflows,
      deliveriesToDeadNode: this.#stale,
      nodesRefused: this.#life.refused,
    };
  }

  history(): GraphHistory {
    return this.#recorder.history();
  }

  journal(): Journal {
    return this.#recorder.begin((id) => this.node(id));
  }

  get revision(): number {
    return this.#revision;
  }

  onChange(listener: (revision: number) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  // Operations on resolved nodes, for the generic messages.

  mkpeerAt(node: Node, typeName: string, hook: string, peerHook: string): Node {
    const type = this.#registry.find(typeName);
    if (type === undefined) throw new NgError("ENXIO");
    const { create } = type;
    const peer = this.#life.make(type, (context) => {
      if (create === undefined) throw new NgError("EINVAL");
      return create(context);
    });
    try {
      this.#edges.joinNew(node, toByteString(hook), peer, toByteString(peerHook));
    } catch (error) {
      this.#life.end(peer, true);
      throw error;
    }
    return peer;
  }

  connectAt(node: Node, path: string, hook: string, peerHook: string): void {
    this.#edges.joinExisting(node, toByteString(hook), this.resolve(node, path), toByteString(peerHook));
  }

  rename(node: Node, name: string): void {
    const bytes = toByteString(name);
    if (!isNodeName(bytes)) throw new NgError("EINVAL");
    if (this.#table.byName(bytes)?.valid === true) throw new NgError("EADDRINUSE");
    const was = node.name;
    this.#table.rename(node, bytes);
    this.#recorder.named(node, was);
    this.#changed();
  }

  removeHook(node: Node, name: string): void {
    const hook = node.hooks.get(toByteString(name));
    if (hook !== undefined) this.#edges.remove(hook);
  }

  shutdownNode(node: Node): void {
    this.#life.end(node, false);
  }

  listNodes(): Iterable<Node> {
    return this.#table.listNodes();
  }

  listNames(): Iterable<Node> {
    return this.#table.listNames();
  }

  listTypes(): ReturnType<Graph["types"]> {
    return this.types();
  }

  /** Runs an operation and keeps it in the history; without words it is none. */
  #operate<T>(from: Node | undefined, words: readonly string[] | undefined, task: () => T): T {
    if (words === undefined) return this.run(task);
    let errno = 0;
    try {
      return this.run(task);
    } catch (error) {
      errno = error instanceof NgError ? error.errno : E.EIO;
      throw error;
    } finally {
      this.#recorder.note(from, words, errno);
    }
  }

  /** Has a node act on a message and sends its reply. @throws NgError; EIO, logged, when the node fails otherwise. */
  #deliver(target: Node, message: ControlMessage, from: ReplyAddress, viaHook?: Hook): void {
    this.#recorder.touching(target);
    try {
      const reply = this.#answer(target, message, from, viaHook);
      if (reply !== undefined) this.#respond(target, from, responseTo(message, reply));
    } catch (error) {
      if (error instanceof NgError) throw error;
      this.#faults.note(target, `message ${message.cookie}/${message.cmd}`, error);
      throw new NgError("EIO");
    }
  }

  #answer(
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
    const row = rowOf(target.type, message);
    if (row !== undefined) {
      const respond = (data: Uint8Array): void =>
        this.run(() => this.#respond(target, from, responseTo(message, data)));
      return runRow(row, target, message, { from, viaHook }, respond);
    }
    if (target.behaviour.message !== undefined) return target.behaviour.message(message, from, viaHook);
    if (target.type.messages.some(({ run }) => run !== undefined)) throw new NgError("EINVAL");
    return undefined;
  }

  #respond(responder: Node, to: ReplyAddress, reply: ControlMessage): void {
    const node = this.node(to.nodeId);
    if (node === undefined) return;
    this.#faults.attempt(node, "message", () => {
      node.behaviour.message?.(reply, { nodeId: responder.id, token: reply.token });
    });
  }

  #contextOf(node: Node): NodeContext {
    return {
      node,
      clock: this.clock,
      enqueue: (task) =>
        this.#delivery.enqueueData(() => {
          if (node.valid) this.#faults.attempt(node, "queued delivery", task);
          else this.#stale++;
        }),
      every: (intervalMs, task) => this.#resources.startTimer(node, intervalMs, task),
      tagBit: () => this.#resources.tagBit(node),
      typeTagBits: () => this.#resources.typeTagBits(node.type),
      setName: (name) => this.rename(node, name),
      spawn: (create) => this.run(() => this.#life.make(node.type, create)),
      respond: (to, reply) => this.run(() => this.#respond(node, to, reply)),
      sendAlong: (hook, message) => this.#sendAlong(hook, message),
      bypass: (a, b) => this.#edges.bypass(a, b),
      shutdown: () => {
        if (node.valid) this.run(() => this.#delivery.enqueueControl(() => this.#life.end(node, false)));
      },
      log: nodeLog(this.#log, node),
    };
  }

  #sendAlong(hook: Hook, message: ControlMessage): number {
    const peer = hook.peer;
    if (peer === null || !hook.valid || !peer.valid || !peer.node.valid) return new NgError("ENETDOWN").errno;
    try {
      this.run(() => this.#deliver(peer.node, message, { nodeId: hook.node.id, token: message.token }, peer));
      return 0;
    } catch (error) {
      if (error instanceof NgError) return error.errno;
      throw error;
    }
  }

  #changed(): void {
    this.#revision++;
    if (this.#listeners.size === 0) return;
    const notify = (): void => {
      for (const listener of this.#listeners)
        this.#faults.attempt(undefined, "change listener", () => listener(this.#revision));
    };
    if (this.#delivery.idle) notify();
    else this.#delivery.whenIdle(notify);
  }
}
