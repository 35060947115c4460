import { u32le } from "@ngflow/base";
import { enaddr, hookString, type LengthOf, structType, uint16, uint32, uint8, variableArray } from "@ngflow/graph";
import { counterStruct } from "../hook-stats.ts";

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

export const statsType = counterStruct(LINK_COUNTERS);

const hostType = structType([
  ["addr", enaddr],
  ["hook", hookString],
  ["age", uint16],
  ["staleness", uint16],
]);

/** `struct ng_bridge_move_host`. */
export const moveHostType = structType([
  ["addr", enaddr],
  ["hook", hookString],
]);

/** 1: only uplinks get frames for unknown hosts. */
export const privateType = uint8;

const hostCount: LengthOf = (data, start) => (start + 4 <= data.length ? u32le(data, start) : 0);

export const tableType = structType([
  ["numHosts", uint32],
  ["hosts", variableArray(hostType, hostCount)],
]);
