import {
  HASREPLY,
  type MessageDescriptor,
  READONLY,
  string,
  structType,
  uint16,
  uint32,
  uint64,
  uint8,
} from "@ngflow/graph";

const REPLIES = READONLY | HASREPLY;

export const MSG_INFO = (1 | REPLIES) >>> 0;
export const MSG_IFINFO = (2 | REPLIES) >>> 0;
export const MSG_SHOW = (3 | REPLIES) >>> 0;
export const MSG_SETDLT = 4;
export const MSG_SETIFINDEX = 5;
export const MSG_SETTIMEOUTS = 6;
export const MSG_SETCONFIG = 7;
export const MSG_SETTEMPLATE = 8;
export const MSG_SETMTU = 9;
export const MSG_V9INFO = (10 | REPLIES) >>> 0;

/** Messages of this implementation, which FreeBSD's node refuses; numbers far from its own. */
export const MSG_SETFIELDS = 101;
export const MSG_SETSAMPLING = 102;
export const MSG_SETPROTOTIMEOUTS = 103;
export const MSG_SETBALANCE = 104;

/** Names of the info reply's fields, in order, with their width in bits (reference: ng_netflow.md §3). */
export const INFO_FIELDS = [
  ["IPv4 bytes", 64],
  ["IPv4 packets", 64],
  ["IPv6 bytes", 64],
  ["IPv6 packets", 64],
  ["IPv4 skipped bytes", 64],
  ["IPv4 skipped packets", 64],
  ["IPv6 skipped bytes", 64],
  ["IPv6 skipped packets", 64],
  ["Active expiries", 64],
  ["Inactive expiries", 64],
  ["IPv4 records used", 32],
  ["IPv6 records used", 32],
  ["Failed allocations", 32],
  ["V5 failed exports", 32],
  ["V9 failed exports", 32],
  ["mbuf reallocations", 32],
  ["fibs allocated", 32],
  ["Inactive timeout", 32],
  ["Active timeout", 32],
] as const;

/** The control messages (reference: ng_netflow.md §2). `show` has no ASCII form and therefore no row. */
export const NETFLOW_MESSAGES: readonly MessageDescriptor[] = [
  {
    name: "info",
    cmd: MSG_INFO,
    reply: structType(INFO_FIELDS.map(([name, bits]) => [name, bits === 64 ? uint64 : uint32] as const)),
    summary: "Counters and timeouts of the node.",
  },
  {
    name: "ifinfo",
    cmd: MSG_IFINFO,
    args: uint16,
    reply: structType([
      ["packets", uint32],
      ["data link type", uint8],
      ["index", uint16],
      ["conf", uint32],
    ]),
    summary: "Packet count and settings of one slot.",
  },
  {
    name: "setdlt",
    cmd: MSG_SETDLT,
    args: structType([
      ["iface", uint16],
      ["dlt", uint8],
    ]),
    summary: "Data link type of a slot: 1 Ethernet, 12 raw IP.",
  },
  {
    name: "setifindex",
    cmd: MSG_SETIFINDEX,
    args: structType([
      ["iface", uint16],
      ["index", uint16],
    ]),
    summary: "Interface index that a slot's packets are exported with.",
  },
  {
    name: "settimeouts",
    cmd: MSG_SETTIMEOUTS,
    args: structType([
      ["inactive", uint32],
      ["active", uint32],
    ]),
    summary: "Inactive and active timeout in seconds.",
  },
  {
    name: "setconfig",
    cmd: MSG_SETCONFIG,
    args: structType([
      ["iface", uint16],
      ["conf", uint32],
    ]),
    summary: "Conf bits of a slot: 1 ingress, 2 egress, 4 once, 8 thisonce, 16 nosrclookup, 32 nodstlookup.",
  },
  {
    name: "settemplate",
    cmd: MSG_SETTEMPLATE,
    args: structType([
      ["time", uint16],
      ["packets", uint16],
    ]),
    summary: "How often templates are sent again: every so many seconds, every so many datagrams.",
  },
  {
    name: "setmtu",
    cmd: MSG_SETMTU,
    args: structType([["mtu", uint16]]),
    summary: "Largest v9 and IPFIX datagram with its headers, in bytes.",
  },
  {
    name: "v9info",
    cmd: MSG_V9INFO,
    reply: structType([
      ["v9 template packets", uint16],
      ["v9 template time", uint16],
      ["v9 MTU", uint16],
    ]),
    summary: "Template intervals and mtu.",
  },
  {
    name: "setfields",
    cmd: MSG_SETFIELDS,
    args: string,
    summary: "Optional fields of flow records: mac, vlan, mpls, label, tunnel, biflow. Not in FreeBSD.",
  },
  {
    name: "setsampling",
    cmd: MSG_SETSAMPLING,
    args: structType([
      ["mode", uint8],
      ["interval", uint32],
      ["seed", uint32],
    ]),
    summary:
      "Packets that are metered: mode 0 all, 1 every interval-th, 2 one at random of each interval. Not in FreeBSD.",
  },
  {
    name: "setprototimeouts",
    cmd: MSG_SETPROTOTIMEOUTS,
    args: structType([
      ["proto", uint8],
      ["inactive", uint32],
      ["active", uint32],
    ]),
    summary: "Inactive and active timeout of one IP protocol in seconds. Not in FreeBSD.",
  },
  {
    name: "setbalance",
    cmd: MSG_SETBALANCE,
    args: uint8,
    summary:
      "Several collectors of one protocol: 0 every flow to each, 1 each flow to one, by its hash. Not in FreeBSD.",
  },
];
