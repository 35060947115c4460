import {
  enaddr,
  hookString,
  type LengthOf,
  type MessageDescriptor,
  structType,
  uint16,
  uint32,
  uint8,
  variableArray,
} from "@ngflow/graph";
import { u32le } from "@ngflow/base";
import { counterStruct } from "../hook-stats.ts";

/** Command numbers of ng_bridge.h (reference: nodes.md §7). */
export const BRIDGE_COMMAND = {
  setconfig: 1,
  getconfig: 2,
  reset: 3,
  getstats: 4,
  clrstats: 5,
  getclrstats: 6,
  gettable: 7,
  setpersistent: 8,
} as const;

/** Counters of a link in the order of the reply. */
export const LINK_COUNTERS = [
  "recvOctets",
  "recvPackets",
  "recvMulticast",
  "recvBroadcast",
  "recvUnknown",
  "recvRunts",
  "recvInvalid",
  "xmitOctets",
  "xmitPackets",
  "xmitMulticasts",
  "xmitBroadcasts",
  "loopDrops",
  "loopDetects",
  "memoryFailures",
] as const;

const configType = structType([
  ["debugLevel", uint8],
  ["loopTimeout", uint32],
  ["maxStaleness", uint32],
  ["minStableAge", uint32],
]);

const statsType = counterStruct(LINK_COUNTERS);

const hostType = structType([
  ["addr", enaddr],
  ["hook", hookString],
  ["age", uint16],
  ["staleness", uint16],
]);

const hostCount: LengthOf = (data, start) => (start + 4 <= data.length ? u32le(data, start) : 0);

const tableType = structType([
  ["numHosts", uint32],
  ["hosts", variableArray(hostType, hostCount)],
]);

export const BRIDGE_MESSAGES: readonly MessageDescriptor[] = [
  { name: "setconfig", cmd: BRIDGE_COMMAND.setconfig, args: configType, summary: "Sets the configuration." },
  { name: "getconfig", cmd: BRIDGE_COMMAND.getconfig, reply: configType, summary: "Returns the configuration." },
  { name: "reset", cmd: BRIDGE_COMMAND.reset, summary: "Forgets all hosts and clears the statistics of all links." },
  {
    name: "getstats",
    cmd: BRIDGE_COMMAND.getstats,
    args: uint32,
    reply: statsType,
    summary: "Returns the statistics of a link by its number.",
  },
  { name: "clrstats", cmd: BRIDGE_COMMAND.clrstats, args: uint32, summary: "Clears the statistics of a link." },
  {
    name: "getclrstats",
    cmd: BRIDGE_COMMAND.getclrstats,
    args: uint32,
    reply: statsType,
    summary: "Returns the statistics of a link and clears them.",
  },
  { name: "gettable", cmd: BRIDGE_COMMAND.gettable, reply: tableType, summary: "Returns the learned hosts." },
  {
    name: "setpersistent",
    cmd: BRIDGE_COMMAND.setpersistent,
    summary: "Keeps the node when its last hook is removed.",
  },
];
