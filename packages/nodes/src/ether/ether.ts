import { enaddr, int32, type NodeType, string } from "@ngflow/graph";

/** Command numbers of ng_ether.h (reference: nodes.md §1.5). */
export const ETHER_COMMAND = {
  getifname: 1,
  getifindex: 2,
  getenaddr: 3,
  setenaddr: 4,
  getpromisc: 5,
  setpromisc: 6,
  getautosrc: 7,
  setautosrc: 8,
  addmulti: 9,
  delmulti: 10,
  detach: 11,
} as const;

/** Cookie of ng_ether. */
export const ETHER_COOKIE = 917786906;

/** The `ether` type: nodes are made by the daemon, one for each Ethernet interface, never by mkpeer. */
export const ether: NodeType = {
  name: "ether",
  cookie: ETHER_COOKIE,
  summary: "A network interface: its frames, in both directions.",
  role: "interface",
  hooks: [
    { name: "lower", summary: "Frames received from the wire; frames sent here are transmitted." },
    { name: "divert", summary: "The same connection as `lower` under its other name." },
    { name: "upper", summary: "Frames the host sends; frames sent here are received by the host." },
    {
      name: "orphans",
      summary: "Received frames whose type the host does not know; frames sent here are transmitted.",
    },
  ],
  messages: [
    {
      name: "getifname",
      cmd: ETHER_COMMAND.getifname,
      reply: string,
      summary: "Returns the name of the interface.",
    },
    { name: "getifindex", cmd: ETHER_COMMAND.getifindex, reply: int32, summary: "Returns the interface's number." },
    { name: "getenaddr", cmd: ETHER_COMMAND.getenaddr, reply: enaddr, summary: "Returns the Ethernet address." },
    { name: "setenaddr", cmd: ETHER_COMMAND.setenaddr, args: enaddr, summary: "Sets the Ethernet address." },
    {
      name: "getpromisc",
      cmd: ETHER_COMMAND.getpromisc,
      reply: int32,
      summary: "Returns whether this node asked for promiscuous mode.",
    },
    {
      name: "setpromisc",
      cmd: ETHER_COMMAND.setpromisc,
      args: int32,
      summary: "Asks for promiscuous mode (non-zero) or withdraws the request.",
    },
    {
      name: "getautosrc",
      cmd: ETHER_COMMAND.getautosrc,
      reply: int32,
      summary: "Returns whether the source address of transmitted frames is replaced.",
    },
    {
      name: "setautosrc",
      cmd: ETHER_COMMAND.setautosrc,
      args: int32,
      summary: "Replaces the source address of frames transmitted through `lower` and `orphans` (non-zero) or not.",
    },
    { name: "addmulti", cmd: ETHER_COMMAND.addmulti, args: enaddr, summary: "Joins a multicast group." },
    { name: "delmulti", cmd: ETHER_COMMAND.delmulti, args: enaddr, summary: "Leaves a multicast group." },
    { name: "detach", cmd: ETHER_COMMAND.detach, summary: "Removes the node; the interface stays." },
  ],
  dropReasons: {
    interfaceDown: "A frame was to be transmitted while the interface was down.",
    runts: "A frame shorter than its 14-byte header was to be transmitted or received.",
    unhooked:
      "A captured frame belonged to a direction whose hook is not connected, or waited when the last hook went.",
  },
  counters: {
    packetsSeen:
      "Packets passed to a connected hook, as on the wire: where hardware sends them, a merged frame counts as its segments.",
    bytesSeen: "Their length on the wire without checksum.",
    packetsCaptured: "Frames that reached the ring, dropped ones included, as the kernel counts them.",
    packetsDropped: "Frames the kernel dropped because the ring was full.",
    ringFreezes: "Times the kernel found the ring full.",
    packetsReceived: "Frames heard that came from the wire.",
    bytesReceived: "Their octets.",
    packetsSent: "Frames heard that the host sent.",
    bytesSent: "Their octets.",
    packetsMerged: "Frames heard that are several segments, merged after they arrived or not yet cut (GRO, TSO).",
    segmentsMerged: "The segments that those frames are on the wire.",
    packetsRefused: "Frames that the system refused to transmit or inject.",
    observedCopies: "Frames sent into the node's hooks and discarded, since the originals went their way.",
  },
  lastHook: "keep",
};
