import {
  type ControlMessage,
  type Hook,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  type ReplyAddress,
  responseTo,
} from "@ngflow/graph";
import { E, type PacketBatch } from "@ngflow/base";
import { type DatagramSocketStats, KernelError, type SocketAddress } from "@ngflow/os";
import { parseHookName } from "./hook-name.ts";
import type { HostSocket, OpenHostSocket, SocketKind } from "./host-socket.ts";
import { KSOCKET_COMMAND, KSOCKET_COOKIE } from "./ksocket-command.ts";
import { readSockaddr, writeSockaddr } from "./sockaddr.ts";
import { getSocketOption, setSocketOption } from "./socket-option.ts";

const SOCKOPT_HEADER_BYTES = 8;
const NO_NAME: SocketAddress = { family: "local", address: new Uint8Array(0), port: 0, flowInfo: 0, scopeId: 0 };

/** A request that is answered later. */
interface Pending {
  readonly message: ControlMessage;
  readonly from: ReplyAddress;
}

/** A ksocket node: one hook, one socket (reference: nodes.md §2). */
export class KsocketBehaviour implements NodeBehaviour {
  private readonly context: NodeContext;
  private readonly open: OpenHostSocket;
  private socket: HostSocket | undefined;
  private kind: SocketKind = { family: 0, type: 0, protocol: 0 };
  private hook: Hook | null = null;
  private flushDue = false;
  private connecting = false;
  /** Arguments of `bind`, `listen` and `connect`, as they were sent. */
  private bound: Uint8Array | undefined;
  private backlog: Uint8Array | undefined;
  private peer: Uint8Array | undefined;
  private accepting = false;
  /** Nodes of accepted connections without hook yet; they end with this node. */
  private readonly embryos = new Set<KsocketBehaviour>();
  private parent: KsocketBehaviour | undefined;
  private acceptErrors = 0;
  private last: DatagramSocketStats | undefined;

  constructor(context: NodeContext, open: OpenHostSocket) {
    this.context = context;
    this.open = open;
  }

  newHook(hook: Hook): void {
    if (this.context.node.hooks.size > 0) throw new NgError("EISCONN");
    // A node made by `accept` has its socket, and takes a hook of any name.
    if (this.socket !== undefined) return;
    this.kind = parseHookName(hook.name);
    this.socket = this.open(this.kind, this.context.node);
  }

  connected(hook: Hook): void {
    this.hook = hook;
    this.leaveParent();
    this.socket?.receive(this.onPackets);
  }

  /** Packets are copied and sent together when the graph's current operation is complete: netgraph queues here too. */
  receive(_hook: Hook, batch: PacketBatch): number {
    this.socket?.enqueue(batch);
    if (this.flushDue) return 0;
    this.flushDue = true;
    if (!this.context.enqueue(this.flush)) this.flush();
    return 0;
  }

  private readonly flush = (): void => {
    this.flushDue = false;
    this.socket?.flush();
  };

  private readonly onPackets = (batch: PacketBatch): void => {
    const timeUs = Math.floor(this.context.clock.nowMs() * 1000);
    batch.timesUs.fill(timeUs, 0, batch.count);
    this.hook?.send(batch);
  };

  message(message: ControlMessage, from: ReplyAddress): Uint8Array | undefined {
    if (message.cookie !== KSOCKET_COOKIE) throw new NgError("EINVAL");
    const { socket } = this;
    if (socket === undefined) throw new NgError("ENXIO");
    try {
      return this.apply(socket, message, from);
    } catch (error) {
      throw translated(error);
    }
  }

  settings(): NodeSetting[] {
    const settings: NodeSetting[] = [];
    if (this.bound !== undefined) settings.push({ command: "bind", data: this.bound });
    if (this.backlog !== undefined) settings.push({ command: "listen", data: this.backlog });
    if (this.peer !== undefined) settings.push({ command: "connect", data: this.peer });
    return settings;
  }

  private apply(socket: HostSocket, message: ControlMessage, from: ReplyAddress): Uint8Array | undefined {
    const { cmd, data } = message;
    switch (cmd) {
      case KSOCKET_COMMAND.bind:
        socket.bind(readSockaddr(data));
        this.bound = data.slice();
        return undefined;
      case KSOCKET_COMMAND.connect:
        this.connect(socket, readSockaddr(data), { message, from });
        return undefined;
      case KSOCKET_COMMAND.listen:
        if (data.length !== 4) throw new NgError("EINVAL");
        if (socket.listen === undefined) throw new NgError("EOPNOTSUPP");
        socket.listen(new DataView(data.buffer, data.byteOffset).getInt32(0, true));
        this.backlog = data.slice();
        return undefined;
      case KSOCKET_COMMAND.accept:
        return this.accept(socket, { message, from });
      case KSOCKET_COMMAND.getname: {
        const local = socket.localAddress();
        return local === undefined ? undefined : writeSockaddr(local);
      }
      case KSOCKET_COMMAND.getpeername:
        return writeSockaddr(socket.peerAddress());
      case KSOCKET_COMMAND.setopt:
        this.setOption(socket, data);
        return undefined;
      case KSOCKET_COMMAND.getopt:
        return this.getOption(socket, data);
      default:
        throw new NgError("EINVAL");
    }
  }

  /** Where the end is not known yet: EINPROGRESS now, a response with the error number later. */
  private connect(socket: HostSocket, address: SocketAddress, pending: Pending): void {
    if (this.connecting) throw new NgError("EALREADY");
    // What was queued for the old peer goes to the old peer.
    socket.flush();
    try {
      socket.connect(address);
      this.peer = writeSockaddr(address);
    } catch (error) {
      const refusal = translated(error);
      if (refusal instanceof NgError && refusal.errno === E.EINPROGRESS && socket.whenConnected !== undefined) {
        this.connecting = true;
        this.peer = writeSockaddr(address);
        socket.whenConnected((errno) => {
          this.connecting = false;
          this.respond(pending, new Uint8Array(Int32Array.of(errno).buffer));
        });
      }
      throw refusal;
    }
  }

  /** Takes a connection that waits, or answers when one comes. */
  private accept(socket: HostSocket, pending: Pending): Uint8Array | undefined {
    if (this.accepting) throw new NgError("EALREADY");
    if (socket.accept === undefined) throw new NgError("EINVAL");
    const reply = this.take(socket);
    if (reply === undefined) this.awaitConnection(socket, pending);
    return reply;
  }

  private awaitConnection(socket: HostSocket, pending: Pending): void {
    this.accepting = true;
    socket.whenAcceptable?.(() => {
      this.accepting = false;
      try {
        const reply = this.take(socket);
        if (reply === undefined) this.awaitConnection(socket, pending);
        else this.respond(pending, reply);
      } catch (error) {
        // As in netgraph, the accept ends without an answer: there is no message for its failure.
        this.acceptErrors++;
        this.context.log.warn({}, `a connection could not be accepted: ${String(error)}`);
      }
    });
  }

  /** Makes the node of a waiting connection and returns the reply about it. */
  private take(socket: HostSocket): Uint8Array | undefined {
    const accepted = socket.accept?.();
    if (accepted === undefined) return undefined;
    const node = this.context.spawn((context) => {
      const child = new KsocketBehaviour(context, this.open);
      child.socket = accepted.socket;
      child.kind = this.kind;
      child.parent = this;
      this.embryos.add(child);
      return child;
    });
    const address = writeSockaddr(accepted.peer ?? NO_NAME);
    const reply = new Uint8Array(4 + address.length);
    new DataView(reply.buffer).setUint32(0, node.id, true);
    reply.set(address, 4);
    return reply;
  }

  private respond({ message, from }: Pending, data: Uint8Array): void {
    this.context.respond(from, responseTo(message, data));
  }

  private leaveParent(): void {
    this.parent?.embryos.delete(this);
    this.parent = undefined;
  }

  private setOption(socket: HostSocket, data: Uint8Array): void {
    if (data.length < SOCKOPT_HEADER_BYTES) throw new NgError("EINVAL");
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const value = data.subarray(SOCKOPT_HEADER_BYTES);
    setSocketOption(socket, this.kind.family, view.getInt32(0, true), view.getInt32(4, true), value);
  }

  private getOption(socket: HostSocket, data: Uint8Array): Uint8Array {
    if (data.length < SOCKOPT_HEADER_BYTES) throw new NgError("EINVAL");
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const value = getSocketOption(socket, this.kind.family, view.getInt32(0, true), view.getInt32(4, true));
    const reply = new Uint8Array(SOCKOPT_HEADER_BYTES + value.length);
    reply.set(data.subarray(0, SOCKOPT_HEADER_BYTES));
    reply.set(value, SOCKOPT_HEADER_BYTES);
    return reply;
  }

  /** The socket closes with its hook; what is queued is sent first. */
  disconnect(): void {
    this.hook = null;
    const { socket } = this;
    if (socket === undefined) return;
    this.socket = undefined;
    socket.close();
    this.last = socket.stats();
  }

  shutdown(): undefined {
    this.leaveParent();
    for (const embryo of this.embryos) embryo.context.shutdown();
    this.disconnect();
    return undefined;
  }

  counters(): Readonly<Record<string, number>> {
    return { ...(this.socket?.stats() ?? this.last ?? NOTHING_SENT), acceptErrors: this.acceptErrors };
  }
}

/** A refusal of the system as the graph's. */
function translated(error: unknown): unknown {
  return error instanceof KernelError ? new NgError(error.errno) : error;
}

const NOTHING_SENT: DatagramSocketStats = {
  datagramsSent: 0,
  bytesSent: 0,
  sendErrors: 0,
  refused: 0,
  overflowed: 0,
  datagramsReceived: 0,
  bytesReceived: 0,
};
