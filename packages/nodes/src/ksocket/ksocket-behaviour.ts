import {
  type ControlMessage,
  type Hook,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type PacketBatch,
} from "@ngflow/graph";
import type { DatagramSocket, DatagramSocketStats } from "../os/datagram-socket.ts";
import { KernelError } from "../os/linux-errno.ts";
import { parseHookName, type SocketKind } from "./hook-name.ts";
import { KSOCKET_COMMAND, KSOCKET_COOKIE } from "./ksocket-command.ts";
import { readSockaddr, writeSockaddr } from "./sockaddr.ts";
import { socketOption } from "./socket-option.ts";

const SOCKOPT_HEADER_BYTES = 8;

/** A ksocket node: one hook, one socket (reference: nodes.md §2). */
export class KsocketBehaviour implements NodeBehaviour {
  private readonly context: NodeContext;
  private readonly open: (kind: SocketKind) => DatagramSocket;
  private socket: DatagramSocket | undefined;
  private kind: SocketKind = { family: 0, type: 0, protocol: 0 };
  private hook: Hook | null = null;
  private flushDue = false;
  private last: DatagramSocketStats | undefined;

  constructor(context: NodeContext, open: (kind: SocketKind) => DatagramSocket) {
    this.context = context;
    this.open = open;
  }

  newHook(hook: Hook): void {
    if (this.socket !== undefined) throw new NgError("EISCONN");
    this.kind = parseHookName(hook.name);
    this.socket = this.open(this.kind);
    this.socket.receive(this.onDatagrams);
  }

  connected(hook: Hook): void {
    this.hook = hook;
  }

  /** Datagrams are copied and sent together when the graph's current operation is complete: netgraph queues here too. */
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

  private readonly onDatagrams = (batch: PacketBatch): void => {
    const timeUs = Math.floor(this.context.clock.nowMs() * 1000);
    batch.timesUs.fill(timeUs, 0, batch.count);
    this.hook?.send(batch);
  };

  message(message: ControlMessage): Uint8Array | undefined {
    if (message.cookie !== KSOCKET_COOKIE) throw new NgError("EINVAL");
    const { socket } = this;
    if (socket === undefined) throw new NgError("ENXIO");
    try {
      return this.apply(socket, message);
    } catch (error) {
      throw error instanceof KernelError ? new NgError(error.errno) : error;
    }
  }

  private apply(socket: DatagramSocket, { cmd, data }: ControlMessage): Uint8Array | undefined {
    switch (cmd) {
      case KSOCKET_COMMAND.bind:
        socket.bind(readSockaddr(data));
        return undefined;
      case KSOCKET_COMMAND.connect:
        // What was queued for the old peer goes to the old peer.
        socket.flush();
        socket.connect(readSockaddr(data));
        return undefined;
      case KSOCKET_COMMAND.listen:
        if (data.length !== 4) throw new NgError("EINVAL");
        throw new NgError("EOPNOTSUPP");
      case KSOCKET_COMMAND.accept:
        throw new NgError("EINVAL");
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

  private setOption(socket: DatagramSocket, data: Uint8Array): void {
    if (data.length < SOCKOPT_HEADER_BYTES + 4) throw new NgError("EINVAL");
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const option = socketOption(this.kind.family, view.getInt32(0, true), view.getInt32(4, true));
    socket.setOption(option, view.getInt32(8, true));
  }

  private getOption(socket: DatagramSocket, data: Uint8Array): Uint8Array {
    if (data.length < SOCKOPT_HEADER_BYTES) throw new NgError("EINVAL");
    const reply = new Uint8Array(SOCKOPT_HEADER_BYTES + 4);
    reply.set(data.subarray(0, SOCKOPT_HEADER_BYTES));
    const view = new DataView(reply.buffer);
    const option = socketOption(this.kind.family, view.getInt32(0, true), view.getInt32(4, true));
    view.setInt32(8, socket.getOption(option), true);
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
    this.disconnect();
    return undefined;
  }

  counters(): Readonly<Record<string, number>> {
    return { ...(this.socket?.stats() ?? this.last ?? NOTHING_SENT) };
  }
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
