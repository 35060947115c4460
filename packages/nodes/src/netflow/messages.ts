import { HASREPLY, type MessageDescriptor, messagesOf, READONLY, uint16, uint8 } from "@ngflow/graph";
import type { NetflowBehaviour } from "./behaviour.ts";
import {
  confType,
  dataLinkType,
  fieldNamesType,
  ifIndexType,
  infoType,
  mtuType,
  protocolTimeoutsType,
  samplingType,
  slotInfoType,
  templateType,
  timeoutsType,
  v9InfoType,
} from "./message-types.ts";

const REPLIES = READONLY | HASREPLY;

const message = messagesOf<NetflowBehaviour>();

/** The control messages (reference: ng_netflow.md §2). FreeBSD's node refuses those from 101 on. */
export const NETFLOW_MESSAGES: readonly MessageDescriptor[] = [
  message({
    name: "info",
    cmd: (1 | REPLIES) >>> 0,
    reply: infoType,
    summary: "Counters and timeouts of the node.",
    run: (node) => node.info(),
  }),
  message({
    name: "ifinfo",
    cmd: (2 | REPLIES) >>> 0,
    args: uint16,
    reply: slotInfoType,
    summary: "Packet count and settings of one slot.",
    run: ({ slots }, iface) => slots.info(iface),
  }),
  message({
    name: "setdlt",
    cmd: 4,
    args: dataLinkType,
    summary: "Data link type of a slot: 1 Ethernet, 12 raw IP. Until then it follows the packets.",
    run: ({ slots }, args) => slots.setDataLinkType(args),
  }),
  message({
    name: "setifindex",
    cmd: 5,
    args: ifIndexType,
    summary: "Interface index that a slot's packets are exported with.",
    run: ({ slots }, args) => slots.setIfIndex(args),
  }),
  message({
    name: "settimeouts",
    cmd: 6,
    args: timeoutsType,
    summary: "Inactive and active timeout in seconds.",
    run: ({ nodeSettings }, timeouts) => nodeSettings.setTimeouts(timeouts),
  }),
  message({
    name: "setconfig",
    cmd: 7,
    args: confType,
    summary: "Conf bits of a slot: 1 ingress, 2 egress, 4 once, 8 thisonce, 16 nosrclookup, 32 nodstlookup.",
    run: ({ slots }, args) => slots.setConf(args),
  }),
  message({
    name: "settemplate",
    cmd: 8,
    args: templateType,
    summary: "How often templates are sent again: every so many seconds, every so many datagrams.",
    run: ({ nodeSettings }, template) => nodeSettings.setTemplate(template),
  }),
  message({
    name: "setmtu",
    cmd: 9,
    args: mtuType,
    summary: "Largest v9 and IPFIX datagram with its headers, in bytes.",
    run: ({ nodeSettings }, mtu) => nodeSettings.setMtu(mtu),
  }),
  message({
    name: "v9info",
    cmd: (10 | REPLIES) >>> 0,
    reply: v9InfoType,
    summary: "Template intervals and mtu.",
    run: ({ nodeSettings: { template, mtu } }) => ({
      "v9 template packets": template.packets,
      "v9 template time": template.time,
      "v9 MTU": mtu.mtu,
    }),
  }),
  message({
    name: "setfields",
    cmd: 101,
    args: fieldNamesType,
    summary: "Optional fields of flow records: mac, vlan, mpls, label, tunnel, biflow. Not in FreeBSD.",
    run: ({ nodeSettings }, names) => nodeSettings.setFields(names),
  }),
  message({
    name: "setsampling",
    cmd: 102,
    args: samplingType,
    summary:
      "Packets that are metered: mode 0 all, 1 every interval-th, 2 one at random of each interval. Not in FreeBSD.",
    run: ({ nodeSettings }, sampling) => nodeSettings.setSampling(sampling),
  }),
  message({
    name: "setprototimeouts",
    cmd: 103,
    args: protocolTimeoutsType,
    summary: "Inactive and active timeout of one IP protocol in seconds. Not in FreeBSD.",
    run: ({ nodeSettings }, timeouts) => nodeSettings.setProtocolTimeouts(timeouts),
  }),
  message({
    name: "setbalance",
    cmd: 104,
    args: uint8,
    summary:
      "Several collectors of one protocol: 0 every flow to each, 1 each flow to one, by its hash. Not in FreeBSD.",
    run: ({ nodeSettings }, on) => nodeSettings.setBalance(on),
  }),
  message({
    name: "setkey",
    cmd: 105,
    args: fieldNamesType,
    summary: "Parts of the flow key next to the usual ones: vlan (default), mac, mpls, tunnel. Not in FreeBSD.",
    run: ({ nodeSettings }, names) => nodeSettings.setKey(names),
  }),
];
