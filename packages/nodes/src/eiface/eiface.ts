import { enaddr, messagesOf, type NodeType } from "@ngflow/graph";
import { interfaceName } from "../interface-name.ts";
import { EifaceBehaviour } from "./eiface-behaviour.ts";
import type { OpenHostInterface } from "./host-interface.ts";
import { openLinuxHostInterface } from "./linux-host-interface.ts";

const message = messagesOf<EifaceBehaviour>();

/** The `eiface` type over given interfaces. */
export function createEifaceType(open: OpenHostInterface): NodeType {
  return {
    name: "eiface",
    cookie: 948105892,
    summary: "Makes an Ethernet interface of the host whose wire is the hook.",
    role: "interface",
    needsWire: true,
    hooks: [{ name: "ether", summary: "Frames that the host sends come out; frames that come in the host receives." }],
    messages: [
      message({
        name: "set",
        cmd: 3,
        args: enaddr,
        summary: "Sets the Ethernet address.",
        run: (node, mac) => node.setMac(mac),
      }),
      message({
        name: "getifname",
        cmd: 1,
        reply: interfaceName,
        summary: "Returns the name of the interface.",
        run: (node) => node.name,
      }),
    ],
    dropReasons: {
      unconnected: "The host sent a frame while nothing was connected.",
      interfaceDown: "A frame for the host came while the interface was down.",
      refused: "A frame for the host was too short, too long, cut by a capture, or not taken by the system.",
    },
    counters: {
      framesSent: "Frames that the host sent and that left through the hook.",
      framesReceived: "Frames that the host received.",
    },
    lastHook: "keep",
    ownNames: /^ngeth\d+$/,
    create: (context) => new EifaceBehaviour(context, open),
  };
}

/** The `eiface` type over TAP interfaces of this machine. */
export const eiface: NodeType = createEifaceType(openLinuxHostInterface);
