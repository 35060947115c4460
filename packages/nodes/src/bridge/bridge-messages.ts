import {
  enaddr,
  hookString,
  type LengthOf,
  type MessageDescriptor,
  messagesOf,
  structType,
  uint16,
  uint32,
  uint8,
  variableArray,
} from "@ngflow/graph";
import { u32le } from "@ngflow/base";
import { counterStruct } from "../hook-stats.ts";
import type { Bridge } from "./bridge.ts";

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

export const configType = structType([
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

export const tableType = structType([
  ["numHosts", uint32],
  ["hosts", variableArray(hostType, hostCount)],
]);

const message = messagesOf<Bridge>();

/** Messages of ng_bridge.h (reference: nodes.md §7). */
export const BRIDGE_MESSAGES: readonly MessageDescriptor[] = [
  message({
    name: "setconfig",
    cmd: 1,
    args: configType,
    summary: "Sets the configuration.",
    run: (bridge, config) => void (bridge.config = config),
  }),
  message({
    name: "getconfig",
    cmd: 2,
    reply: configType,
    summary: "Returns the configuration.",
    run: (bridge) => bridge.config,
  }),
  message({
    name: "reset",
    cmd: 3,
    summary: "Forgets all hosts and clears the statistics of all links.",
    run: (bridge) => bridge.reset(),
  }),
  message({
    name: "getstats",
    cmd: 4,
    args: uint32,
    reply: statsType,
    summary: "Returns the statistics of a link by its number.",
    run: (bridge, link) => bridge.stats(link),
  }),
  message({
    name: "clrstats",
    cmd: 5,
    args: uint32,
    summary: "Clears the statistics of a link.",
    run: (bridge, link) => void bridge.clear(link),
  }),
  message({
    name: "getclrstats",
    cmd: 6,
    args: uint32,
    reply: statsType,
    summary: "Returns the statistics of a link and clears them.",
    run: (bridge, link) => bridge.clear(link),
  }),
  message({
    name: "gettable",
    cmd: 7,
    reply: tableType,
    summary: "Returns the learned hosts.",
    run: (bridge) => bridge.table(),
  }),
  message({
    name: "setpersistent",
    cmd: 8,
    summary: "Keeps the node when its last hook is removed.",
    run: (bridge) => bridge.setPersistent(true),
  }),
];
