import type { NodeType } from "./node-type.ts";

/** Commands of the socket type's own messages (reference: netgraph.md §1). */
export const NOLINGER = 1;
export const LINGER = 2;

/** Nodes behind control sockets. They are made by `openControlSocket`; `mkpeer` is refused. */
export const SOCKET_TYPE: NodeType = {
  name: "socket",
  cookie: 851601233,
  summary: "The user's end of the graph: control messages and packets of a program.",
  role: "program",
  hooks: [{ name: "<any>", summary: "Packets to and from the program, which knows the hook by its name." }],
  messages: [
    { name: "nolinger", cmd: NOLINGER, summary: "The node goes away with its last hook." },
    { name: "linger", cmd: LINGER, summary: "The node stays until its program closes it (default)." },
  ],
  dropReasons: {},
  lastHook: "decide",
};
