import type { NodeType } from "@ngflow/graph";
import { BridgeBehaviour } from "./bridge-behaviour.ts";
import { BRIDGE_MESSAGES } from "./bridge-messages.ts";

/** ng_bridge(4) of release 14: a learning Ethernet bridge. */
export const bridge: NodeType = {
  name: "bridge",
  cookie: 1569321993,
  summary: "Bridges Ethernet segments: learns where hosts are and sends frames there only.",
  role: "plain",
  needsWire: true,
  hooks: [
    { name: "link<N>", summary: "A segment; N is any 32-bit number without leading zeros." },
    { name: "uplink<N>", summary: "A segment with the rest of the network; its hosts are not learned. N from 1." },
  ],
  messages: BRIDGE_MESSAGES,
  dropReasons: {
    recvRunts: "The frame is shorter than its header.",
    recvInvalid: "The source address is a group address.",
    loopDrops: "The link is muted because a host appeared on two links.",
    sameLink: "The destination is on the link that the frame came from.",
    unconnected: "No other link takes the frame.",
  },
  counters: {
    recvOctets: "Octets received, over the connected links.",
    recvPackets: "Frames received.",
    recvMulticast: "Multicast frames received.",
    recvBroadcast: "Broadcast frames received.",
    recvUnknown: "Frames received for hosts that are not in the table.",
    xmitOctets: "Octets sent.",
    xmitPackets: "Frames sent.",
    xmitMulticasts: "Multicast frames sent.",
    xmitBroadcasts: "Broadcast frames sent.",
    loopDetects: "Times a host appeared on another link too soon.",
    memoryFailures: "Hosts that were not learned because the table was full, and batches that found no memory.",
  },
  gauges: {
    hosts: "Learned addresses.",
  },
  lastHook: "decide",
  create: (context) => new BridgeBehaviour(context),
};
