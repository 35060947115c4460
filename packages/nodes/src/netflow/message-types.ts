import { HASREPLY, READONLY, string, structType, typeOf, uint16, uint32, uint64, uint8 } from "@ngflow/graph";

/** Command number of `show`, which has no ASCII form and therefore no row. */
export const MSG_SHOW = (3 | READONLY | HASREPLY) >>> 0;

/** Reply of `info` (reference: ng_netflow.md §3). */
export const infoType = structType([
  ["IPv4 bytes", uint64],
  ["IPv4 packets", uint64],
  ["IPv6 bytes", uint64],
  ["IPv6 packets", uint64],
  ["IPv4 skipped bytes", uint64],
  ["IPv4 skipped packets", uint64],
  ["IPv6 skipped bytes", uint64],
  ["IPv6 skipped packets", uint64],
  ["Active expiries", uint64],
  ["Inactive expiries", uint64],
  ["IPv4 records used", uint32],
  ["IPv6 records used", uint32],
  ["Failed allocations", uint32],
  ["V5 failed exports", uint32],
  ["V9 failed exports", uint32],
  ["mbuf reallocations", uint32],
  ["fibs allocated", uint32],
  ["Inactive timeout", uint32],
  ["Active timeout", uint32],
]);

/** Reply of `ifinfo`. */
export const slotInfoType = structType([
  ["packets", uint32],
  ["data link type", uint8],
  ["index", uint16],
  ["conf", uint32],
]);

export const dataLinkType = structType([
  ["iface", uint16],
  ["dlt", uint8],
]);

export const ifIndexType = structType([
  ["iface", uint16],
  ["index", uint16],
]);

export const timeoutsType = structType([
  ["inactive", uint32],
  ["active", uint32],
]);

export const confType = structType([
  ["iface", uint16],
  ["conf", uint32],
]);

export const templateType = structType([
  ["time", uint16],
  ["packets", uint16],
]);

export const mtuType = structType([["mtu", uint16]]);

/** Reply of `v9info`. */
export const v9InfoType = structType([
  ["v9 template packets", uint16],
  ["v9 template time", uint16],
  ["v9 MTU", uint16],
]);

export const samplingType = structType([
  ["mode", uint8],
  ["interval", uint32],
  ["seed", uint32],
]);

export const protocolTimeoutsType = structType([
  ["proto", uint8],
  ["inactive", uint32],
  ["active", uint32],
]);

/** Names of groups of fields; a message without arguments names none. */
export const fieldNamesType = typeOf<string>(string, {
  open: true,
  get: (input) => (input.at === input.data.length ? "" : string.get(input)),
  put: (names, output) => string.put(names, output),
});
