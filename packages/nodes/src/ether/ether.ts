import { enaddr, int32, messagesOf, type NodeType } from "@ngflow/graph";
import { interfaceName } from "../interface-name.ts";
import type { EtherBehaviour } from "./ether-behaviour.ts";

/** Numbers of the messages that other nodes send (reference: nodes.md §1.5). */
export const GETIFNAME = 1;
export const SETAUTOSRC = 8;

/** Cookie of ng_ether. */
export const ETHER_COOKIE = 917786906;

const message = messagesOf<EtherBehaviour>();

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
    message({
      name: "getifname",
      cmd: GETIFNAME,
      reply: interfaceName,
      summary: "Returns the name of the interface.",
      run: ({ source }) => source.name,
    }),
    message({
      name: "getifindex",
      cmd: 2,
      reply: int32,
      summary: "Returns the interface's number.",
      run: ({ source }) => source.index,
    }),
    message({
      name: "getenaddr",
      cmd: 3,
      reply: enaddr,
      summary: "Returns the Ethernet address.",
      run: ({ source }) => source.mac,
    }),
    message({
      name: "setenaddr",
      cmd: 4,
      args: enaddr,
      summary: "Sets the Ethernet address.",
      run: ({ requests }, mac) => requests.setMac(mac),
    }),
    message({
      name: "getpromisc",
      cmd: 5,
      reply: int32,
      summary: "Returns whether this node asked for promiscuous mode.",
      run: ({ requests }) => (requests.promiscuous ? 1 : 0),
    }),
    message({
      name: "setpromisc",
      cmd: 6,
      args: int32,
      summary: "Asks for promiscuous mode (non-zero) or withdraws the request.",
      run: ({ requests }, on) => requests.setPromiscuous(on !== 0),
    }),
    message({
      name: "getautosrc",
      cmd: 7,
      reply: int32,
      summary: "Returns whether the source address of transmitted frames is replaced.",
      run: ({ autosrc }) => autosrc,
    }),
    message({
      name: "setautosrc",
      cmd: SETAUTOSRC,
      args: int32,
      summary: "Replaces the source address of frames transmitted through `lower` and `orphans` (non-zero) or not.",
      run: (node, on) => void (node.autosrc = on === 0 ? 0 : 1),
    }),
    message({
      name: "addmulti",
      cmd: 9,
      args: enaddr,
      summary: "Joins a multicast group.",
      run: ({ requests }, group) => requests.joinGroup(group),
    }),
    message({
      name: "delmulti",
      cmd: 10,
      args: enaddr,
      summary: "Leaves a multicast group.",
      run: ({ requests }, group) => requests.leaveGroup(group),
    }),
    message({
      name: "detach",
      cmd: 11,
      summary: "Removes the node; the interface stays.",
      run: (node) => node.detach(),
    }),
  ],
  dropReasons: {
    interfaceDown: "A frame was to be transmitted while the interface was down.",
    runts: "A frame shorter than its 14-byte header was to be transmitted or received.",
    hookNotConnected:
      "The hook of a captured frame's direction is not connected, or the last hook was removed while it waited.",
  },
  counters: {
    packetsSeen:
      "Packets passed to a connected hook, as on the wire: where hardware sends them, a merged frame counts as its segments.",
    bytesSeen: "Their length on the wire without checksum.",
    packetsOnInterface:
      "Frames that the interface itself counted while it was captured, in both directions (observe mode).",
    packetsCaptured: "Frames that reached the ring, dropped ones included, as the kernel counts them.",
    packetsDropped: "Frames the kernel dropped because the ring was full.",
    ringFreezes: "Times the kernel found the ring full.",
    packetsReceived: "Captured frames that came from the wire.",
    bytesReceived: "Their octets.",
    packetsSent: "Captured frames that the host sent.",
    bytesSent: "Their octets.",
    packetsMerged: "Captured frames that are several segments, merged after they arrived or not yet cut (GRO, TSO).",
    segmentsMerged: "The segments that those frames are on the wire.",
    packetsRefused: "Frames that the system refused to transmit or inject.",
    packetsBypassed: "Frames of an inline interface that bypassed the node because the graph did not run for a second.",
    bypasses: "Times that this happened.",
    bypassedMs: "How long it lasted in all, in milliseconds.",
    discardedInObserveMode: "Frames sent into the node's hooks and discarded: in observe mode they are copies.",
  },
  lastHook: "keep",
};
