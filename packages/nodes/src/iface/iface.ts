import { messagesOf, type NodeType, uint32 } from "@ngflow/graph";
import type { OpenHostInterface } from "../eiface/host-interface.ts";
import { openLinuxHostInterface } from "../eiface/linux-host-interface.ts";
import { interfaceName } from "../interface-name.ts";
import { IfaceBehaviour } from "./iface-behaviour.ts";

const message = messagesOf<IfaceBehaviour>();

/** The `iface` type over given interfaces. */
export function createIfaceType(open: OpenHostInterface): NodeType {
  return {
    name: "iface",
    cookie: 1108312559,
    summary: "Makes a point-to-point interface of the host for IP, whose far end is the hooks.",
    role: "interface",
    hooks: [
      { name: "inet", summary: "IPv4 packets that the host sends come out; those that come in the host receives." },
      { name: "inet6", summary: "The same for IPv6 packets." },
    ],
    messages: [
      message({
        name: "getifname",
        cmd: 1,
        reply: interfaceName,
        summary: "Returns the name of the interface.",
        run: (node) => node.name,
      }),
      message({
        name: "point2point",
        cmd: 2,
        summary: "Makes the interface point to point; EBUSY while it is up.",
        run: (node) => node.setBroadcast(false),
      }),
      message({
        name: "broadcast",
        cmd: 3,
        summary: "Makes the interface a broadcast interface; EBUSY while it is up.",
        run: (node) => node.setBroadcast(true),
      }),
      message({
        name: "getifindex",
        cmd: 4,
        reply: uint32,
        summary: "Returns the number of the interface.",
        run: (node) => node.index,
      }),
    ],
    dropReasons: {
      unconnected: "The host sent a packet while the hook of its protocol was not connected.",
      unknownFamily: "The host sent a packet that is neither IPv4 nor IPv6.",
      wrongFamily: "A packet for the host came in by the hook of another protocol.",
      interfaceDown: "A packet for the host came while the interface was down.",
      refused: "A packet for the host was too long, cut by a capture, or not taken by the system.",
    },
    counters: {
      packetsSent: "Packets that the host sent and that left through a hook.",
      packetsReceived: "Packets that the host received.",
    },
    lastHook: "keep",
    ownNames: /^ng\d+$/,
    create: (context) => new IfaceBehaviour(context, open),
  };
}

/** The `iface` type over TUN interfaces of this machine. */
export const iface: NodeType = createIfaceType(openLinuxHostInterface);
