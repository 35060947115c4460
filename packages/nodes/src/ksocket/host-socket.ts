import type { Node } from "@ngflow/graph";
import type { DatagramSocket, SocketAddress } from "@ngflow/os";

/** A connection that waited at a socket that listens. */
export interface AcceptedSocket {
  readonly socket: HostSocket;
  /** Undefined when the peer has no address. */
  readonly peer: SocketAddress | undefined;
}

/**
 * A socket under a ksocket node. What a kind of socket cannot do it leaves out. Errors are KernelError or NgError. A
 * socket with connections throws EINPROGRESS from `connect` when the end is not known yet.
 */
export interface HostSocket extends DatagramSocket {
  /** Sets an option in Linux's numbers and layout. */
  setRawOption?(level: number, name: number, value: Uint8Array): void;
  getRawOption?(level: number, name: number): Uint8Array;
  /** Calls `task` once with the result of the connection attempt under way: 0 or FreeBSD's errno. */
  whenConnected?(task: (errno: number) => void): void;
  listen?(backlog: number): void;
  /** Takes a waiting connection; undefined when there is none. EINVAL when the socket does not listen. */
  accept?(): AcceptedSocket | undefined;
  /** Calls `task` once when a connection waits. */
  whenAcceptable?(task: () => void): void;
}

/**
 * Opens a socket of the kind that a hook's name asks for, for a node.
 * @throws NgError, which becomes mkpeer's result.
 */
export type OpenHostSocket = (kind: SocketKind, node: Node) => HostSocket;

/** What a ksocket hook's name asks for, in FreeBSD's numbers. */
export interface SocketKind {
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
}
