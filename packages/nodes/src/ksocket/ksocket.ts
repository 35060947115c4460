import { int32, messagesOf, type NodeType } from "@ngflow/graph";
import { openSocket } from "./open-socket.ts";
import type { OpenHostSocket } from "./host-socket.ts";
import { KsocketBehaviour } from "./ksocket-behaviour.ts";
import { translated } from "../translated.ts";
import { acceptReply, sockaddr, sockopt } from "./sockaddr-type.ts";

const plain = messagesOf<KsocketBehaviour>();
/** Refusals of the system become the graph's. */
const message: typeof plain = (row) =>
  plain({ ...row, run: (node, args, context) => translated(() => row.run(node, args, context)) });

/**
 * The `ksocket` type over given sockets.
 * @param open opens a socket of the kind that the hook's name asks for. @throws NgError, which becomes mkpeer's result.
 */
export function createKsocketType(open: OpenHostSocket): NodeType {
  return {
    name: "ksocket",
    cookie: 942710669,
    summary: "A socket of the host: packets of the hook are its datagrams, or the bytes of its stream.",
    role: "transport",
    hooks: [
      {
        name: "<family>/<type>/<proto>",
        summary: "The socket, e.g. `inet/dgram/udp` or `inet6/dgram/17`; any name on a node that `accept` made.",
      },
    ],
    // Numbers of ng_ksocket.h (reference: nodes.md §2.3); the read-only and has-reply bits are not used there.
    messages: [
      message({
        name: "bind",
        cmd: 1,
        args: sockaddr,
        summary: "Sets the local address.",
        run: (node, address) => node.bind(address),
      }),
      message({
        name: "listen",
        cmd: 2,
        args: int32,
        summary: "Begins to listen for connections.",
        run: (node, backlog) => node.listen(backlog),
      }),
      message({
        name: "accept",
        cmd: 3,
        reply: acceptReply,
        summary: "Takes a connection, now or when one comes.",
        run: (node, _, context) => node.accept(context.answer),
      }),
      message({
        name: "connect",
        cmd: 4,
        args: sockaddr,
        reply: int32,
        summary: "Sets or replaces a datagram socket's peer; begins to connect a stream, and answers at the end.",
        run: (node, address, context) => node.connect(address, context.answer),
      }),
      message({
        name: "getname",
        cmd: 5,
        reply: sockaddr,
        summary: "Returns the local address.",
        run: (node) => node.socket.localAddress(),
      }),
      message({
        name: "getpeername",
        cmd: 6,
        reply: sockaddr,
        summary: "Returns the peer's address.",
        run: (node) => node.socket.peerAddress(),
      }),
      message({
        name: "setopt",
        cmd: 7,
        args: sockopt,
        summary: "Sets a socket option.",
        run: (node, option) => node.setOption(option),
      }),
      message({
        name: "getopt",
        cmd: 8,
        args: sockopt,
        reply: sockopt,
        summary: "Reads a socket option.",
        run: (node, option) => node.getOption(option),
      }),
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
