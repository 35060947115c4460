import { hint16, hint32, hookString, type MessageDescriptor, messagesOf, uint16 } from "@ngflow/graph";
import type { VlanBehaviour } from "./vlan-behaviour.ts";
import { filterType, tableType } from "./vlan-types.ts";

const message = messagesOf<VlanBehaviour>();

/** Messages of ng_vlan.h (reference: nodes-ethernet.md §1.3). */
export const VLAN_MESSAGES: readonly MessageDescriptor[] = [
  message({
    name: "addfilter",
    cmd: 1,
    args: filterType,
    summary: "Gives a VLAN to a hook.",
    run: (vlan, filter) => vlan.addFilter(filter),
  }),
  message({
    name: "delfilter",
    cmd: 2,
    args: hookString,
    summary: "Takes its VLAN from a hook.",
    run: (vlan, hook) => vlan.removeFilterOf(hook),
  }),
  message({
    name: "gettable",
    cmd: 3,
    reply: tableType,
    summary: "Returns the VLANs and their hooks.",
    run: (vlan) => vlan.table(),
  }),
  message({
    name: "delvidflt",
    cmd: 4,
    args: uint16,
    summary: "Takes a VLAN, by its number, from its hook.",
    run: (vlan, vid) => vlan.removeFilterFor(vid),
  }),
  message({
    name: "getdecap",
    cmd: 5,
    reply: hint32,
    summary: "Returns whether tags are taken out of frames for `nomatch`.",
    run: (vlan) => vlan.decap,
  }),
  message({
    name: "setdecap",
    cmd: 6,
    args: hint32,
    summary: "Sets whether tags are taken out of frames for `nomatch` and kept next to them.",
    run: (vlan, on) => void (vlan.decap = on),
  }),
  message({
    name: "getencap",
    cmd: 7,
    reply: hint32,
    summary: "Returns which frames get their tag into the frame.",
    run: (vlan) => vlan.encap,
  }),
  message({
    name: "setencap",
    cmd: 8,
    args: hint32,
    summary: "Sets which frames get their tag into the frame: 1 those of VLAN hooks, 2 those of `nomatch`, 3 both.",
    run: (vlan, bits) => void (vlan.encap = bits),
  }),
  message({
    name: "getencapproto",
    cmd: 9,
    reply: hint16,
    summary: "Returns the Ethernet type of tags.",
    run: (vlan) => vlan.encapProto,
  }),
  message({
    name: "setencapproto",
    cmd: 10,
    args: hint16,
    summary: "Sets the Ethernet type of tags: 0x88a8 for the outer tag of 802.1ad.",
    run: (vlan, type) => void (vlan.encapProto = type),
  }),
];
