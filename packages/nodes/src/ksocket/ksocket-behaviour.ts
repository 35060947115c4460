import {
  type Hook,
  int32,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  settingOf,
  type ValueOf,
} from "@ngflow/graph";
import { E, type PacketBatch } from "@ngflow/base";
import { type DatagramSocketStats, NO_DATAGRAMS, type SocketAddress } from "@ngflow/os";
import { translated } from "../translated.ts";
import { GivenOptions } from "./given-options.ts";
import { parseHookName } from "./hook-name.ts";
import type { HostSocket, OpenHostSocket, SocketKind } from "./host-socket.ts";
import { type acceptReply, sockaddr, type sockopt } from "./sockaddr-type.ts";
import { getSocketOption } from "./socket-option.ts";

const NO_NAME: SocketAddress = { family: "local", address: new Uint8Array(0), port: 0, flowInfo: 0, scopeId: 0 };

type Accepted = ValueOf<typeof acceptReply>;
type Option = ValueOf<typeof sockopt>;

/** A ksocket node: one hook, one socket (reference: nodes.md §2). */
export class KsocketBehaviour implements NodeBehaviour {
  readonly #context: NodeContext;
  readonly #open: OpenHostSocket;
  #opened: HostSocket | undefined;
  #kind: SocketKind = { family: 0, type: 0, protocol: 0 };
  #hook: Hook | null = null;
  #flushDue = false;
  #connecting = false;
  /** Arguments of `bind`, `listen` and `connect`, and options that were set. */
  #bound: SocketAddress | undefined;
  #backlog: number | undefined;
  #peer: SocketAddress | undefined;
  readonly #options = new GivenOptions();
  #accepting = false;
  /** Nodes of accepted connections without hook yet; they end with this node. */
  readonly #embryos = new Set<KsocketBehaviour>();
  #parent: KsocketBehaviour | undefined;
  #acceptErrors = 0;
  #last: DatagramSocketStats | undefined;

  constructor(context: NodeContext, open: OpenHostSocket) {
    this.#context = context;
    this.#open = open;
  }

  newHook(hook: Hook): void {
    if (this.#context.node.hooks.size > 0) throw new NgError("EISCONN");
    // A node made by `accept` has its socket, and takes a hook of any name.
    if (this.#opened !== undefined) return;
    this.#kind = parseHookName(hook.name);
    this.#opened = this.#open(this.#kind, this.#context.node);
  }

  connected(hook: Hook): void {
    this.#hook = hook;
    this.#leaveParent();
    this.#opened?.receive(this.#onPackets);
  }

  /** Packets are copied and sent together when the graph's current operation is complete: netgraph queues here too. */
  receive(_hook: Hook, batch: PacketBatch): number {
    this.#opened?.enqueue(batch);
    if (this.#flushDue) return 0;
    this.#flushDue = true;
    if (!this.#context.enqueue(this.#flush)) this.#flush();
    return 0;
  }

  readonly #flush = (): void => {
    this.#flushDue = false;
    this.#opened?.flush();
  };

  readonly #onPackets = (batch: PacketBatch): void => {
    const timeUs = Math.floor(this.#context.clock.nowMs() * 1000);
    batch.timesUs.fill(timeUs, 0, batch.count);
    this.#hook?.send(batch);
  };

  /** @throws NgError ENXIO when it is closed. */
  get socket(): HostSocket {
    if (this.#opened === undefined) throw new NgError("ENXIO");
    return this.#opened;
  }

  settings(): NodeSetting[] {
    const bound = this.#bound;
    const backlog = this.#backlog;
    const peer = this.#peer;
    return [
      ...this.#options.settings(() => this.socket, this.#kind.family),
      ...(bound === undefined ? [] : [settingOf("bind", sockaddr, bound)]),
      ...(backlog === undefined ? [] : [settingOf("listen", int32, backlog)]),
      ...(peer === undefined ? [] : [settingOf("connect", sockaddr, peer)]),
    ];
  }

  bind(address: SocketAddress): void {
    this.socket.bind(address);
    this.#bound = address;
  }

  listen(backlog: number): void {
    const { socket } = this;
    if (socket.listen === undefined) throw new NgError("EOPNOTSUPP");
    socket.listen(backlog);
    this.#backlog = backlog;
  }

  /** Where the end is not known yet: EINPROGRESS now, an answer with the error number later. */
  connect(address: SocketAddress, answer: (errno: number) => void): undefined {
    const { socket } = this;
    if (this.#connecting) throw new NgError("EALREADY");
    // What was queued for the old peer goes to the old peer.
    socket.flush();
    try {
      translated(() => socket.connect(address));
      this.#peer = address;
    } catch (error) {
      if (error instanceof NgError && error.errno === E.EINPROGRESS && socket.whenConnected !== undefined) {
        this.#connecting = true;
        this.#peer = address;
        socket.whenConnected((errno) => {
          this.#connecting = false;
          answer(errno);
        });
      }
      throw error;
    }
  }

  /** Takes a connection that waits, or answers when one comes. */
  accept(answer: (accepted: Accepted) => void): Accepted | undefined {
    const { socket } = this;
    if (this.#accepting) throw new NgError("EALREADY");
    if (socket.accept === undefined) throw new NgError("EINVAL");
    const accepted = this.#take(socket);
    if (accepted === undefined) this.#awaitConnection(socket, answer);
    return accepted;
  }

  #awaitConnection(socket: HostSocket, answer: (accepted: Accepted) => void): void {
    this.#accepting = true;
    socket.whenAcceptable?.(() => {
      this.#accepting = false;
      try {
        const accepted = this.#take(socket);
        if (accepted === undefined) this.#awaitConnection(socket, answer);
        else answer(accepted);
      } catch (error) {
        // As in netgraph, the accept ends without an answer: there is no message for its failure.
        this.#acceptErrors++;
        this.#context.log.warn({}, `a connection could not be accepted: ${String(error)}`);
      }
    });
  }

  /** Makes the node of a waiting connection and returns the reply about it. */
  #take(socket: HostSocket): Accepted | undefined {
    const accepted = socket.accept?.();
    if (accepted === undefined) return undefined;
    const node = this.#context.spawn((context) => {
      const child = new KsocketBehaviour(context, this.#open);
      child.#opened = accepted.socket;
      child.#kind = this.#kind;
      child.#parent = this;
      this.#embryos.add(child);
      return child;
    });
    return { nodeid: node.id, addr: accepted.peer ?? NO_NAME };
  }

  #leaveParent(): void {
    if (this.#parent !== undefined) this.#parent.#embryos.delete(this);
    this.#parent = undefined;
  }

  setOption(option: Option): void {
    this.#options.set(this.socket, this.#kind.family, option);
  }

  getOption({ level, name }: Option): Option {
    return { level, name, value: getSocketOption(this.socket, this.#kind.family, level, name) };
  }

  /** The socket closes with its hook; what is queued is sent first. */
  disconnect(): void {
    this.#hook = null;
    const socket = this.#opened;
    if (socket === undefined) return;
    this.#opened = undefined;
    socket.close();
    this.#last = socket.stats();
  }

  shutdown(): undefined {
    this.#leaveParent();
    for (const embryo of this.#embryos) embryo.#context.shutdown();
    this.disconnect();
    return undefined;
  }

  counters(): Readonly<Record<string, number>> {
    return { ...(this.#opened?.stats() ?? this.#last ?? NO_DATAGRAMS), acceptErrors: this.#acceptErrors };
  }
}
