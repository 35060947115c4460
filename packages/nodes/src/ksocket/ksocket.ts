import { int32, type NodeType } from "@ngflow/graph";
import { openSocket } from "./open-socket.ts";
import type { OpenHostSocket } from "./host-socket.ts";
import { KsocketBehaviour } from "./ksocket-behaviour.ts";
import { KSOCKET_COMMAND, KSOCKET_COOKIE } from "./ksocket-command.ts";
import { acceptReply, sockaddr, sockopt } from "./sockaddr-type.ts";

/**
 * The `ksocket` type over given sockets.
 * @param open opens a socket of the kind that the hook's name asks for. @throws NgError, which becomes mkpeer's result.
 */
export function createKsocketType(open: OpenHostSocket): NodeType {
  return {
    name: "ksocket",
    cookie: KSOCKET_COOKIE,
    summary: "A socket of the host: packets of the hook are its datagrams, or the bytes of its stream.",
    role: "transport",
    hooks: [
      {
        name: "<family>/<type>/<proto>",
        summary: "The socket, e.g. `inet/dgram/udp` or `inet6/dgram/17`; any name on a node that `accept` made.",
      },
    ],
    messages: [
      { name: "bind", cmd: KSOCKET_COMMAND.bind, args: sockaddr, summary: "Sets the local address." },
      { name: "listen", cmd: KSOCKET_COMMAND.listen, args: int32, summary: "Begins to listen for connections." },
      {
        name: "accept",
        cmd: KSOCKET_COMMAND.accept,
        reply: acceptReply,
        summary: "Takes a connection, now or when one comes.",
      },
      {
        name: "connect",
        cmd: KSOCKET_COMMAND.connect,
        args: sockaddr,
        reply: int32,
        summary: "Sets or replaces a datagram socket's peer; begins to connect a stream, and answers at the end.",
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
      sendErrors: "The system refused to send the packet: no peer, too long, no route, connection broken.",
      refused: "A datagram or a connection reached a host where nobody listens, and the host said so.",
      overflowed: "The send queue was full because the socket took no more.",
    },
    counters: {
      datagramsSent: "Datagrams the system took, or packets that went into a stream completely.",
      bytesSent: "Their bytes without headers.",
      datagramsReceived: "Datagrams, or chunks of a stream, that left through the hook.",
      bytesReceived: "Their bytes.",
      acceptErrors: "Connections that could not be accepted, for which `accept` gets no answer.",
    },
    lastHook: "shutdown",
    create: (context) => new KsocketBehaviour(context, open),
  };
}

/** The `ksocket` type over this machine's sockets. */
export const ksocket: NodeType = createKsocketType(openSocket);
