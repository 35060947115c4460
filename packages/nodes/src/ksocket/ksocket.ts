import { int32, type NodeType } from "@ngflow/graph";
import type { DatagramSocket } from "../os/datagram-socket.ts";
import { openSocket } from "./open-socket.ts";
import type { SocketKind } from "./hook-name.ts";
import { KsocketBehaviour } from "./ksocket-behaviour.ts";
import { KSOCKET_COMMAND, KSOCKET_COOKIE } from "./ksocket-command.ts";
import { acceptReply, sockaddr, sockopt } from "./sockaddr-type.ts";

/**
 * The `ksocket` type over given sockets.
 * @param open opens a socket of the kind that the hook's name asks for. @throws NgError, which becomes mkpeer's result.
 */
export function createKsocketType(open: (kind: SocketKind) => DatagramSocket): NodeType {
  return {
    name: "ksocket",
    cookie: KSOCKET_COOKIE,
    summary: "A socket of the host: packets of the hook are its datagrams.",
    hooks: [{ name: "<family>/<type>/<proto>", summary: "The socket, e.g. `inet/dgram/udp` or `inet6/dgram/17`." }],
    messages: [
      { name: "bind", cmd: KSOCKET_COMMAND.bind, args: sockaddr, summary: "Sets the local address." },
      { name: "listen", cmd: KSOCKET_COMMAND.listen, args: int32, summary: "Begins to listen for connections." },
      { name: "accept", cmd: KSOCKET_COMMAND.accept, reply: acceptReply, summary: "Accepts a connection." },
      {
        name: "connect",
        cmd: KSOCKET_COMMAND.connect,
        args: sockaddr,
        reply: int32,
        summary: "Sets or replaces the peer of a datagram socket.",
      },
      { name: "getname", cmd: KSOCKET_COMMAND.getname, reply: sockaddr, summary: "Returns the local address." },
      {
        name: "getpeername",
        cmd: KSOCKET_COMMAND.getpeername,
        reply: sockaddr,
        summary: "Returns the peer's address.",
      },
      { name: "setopt", cmd: KSOCKET_COMMAND.setopt, args: sockopt, summary: "Sets a socket option." },
      { name: "getopt", cmd: KSOCKET_COMMAND.getopt, args: sockopt, reply: sockopt, summary: "Reads a socket option." },
    ],
    dropReasons: {
      sendErrors: "The system refused to send the datagram: no peer, too long, no route.",
      refused: "A datagram reached a host where nobody listens; the host said so (ICMP port unreachable).",
      overflowed: "The send queue was full because the socket took no more.",
    },
    counters: {
      datagramsSent: "Datagrams the system took.",
      bytesSent: "Their bytes without headers.",
      datagramsReceived: "Datagrams that left through the hook.",
      bytesReceived: "Their bytes.",
    },
    lastHook: "shutdown",
    create: (context) => new KsocketBehaviour(context, open),
  };
}

/** The `ksocket` type over this machine's sockets. */
export const ksocket: NodeType = createKsocketType(openSocket);
