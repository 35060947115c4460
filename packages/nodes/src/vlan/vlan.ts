import type { NodeType } from "@ngflow/graph";
import { VlanBehaviour } from "./vlan-behaviour.ts";
import { VLAN_MESSAGES } from "./vlan-messages.ts";

/** ng_vlan(4) of release 14: a hook for each VLAN. */
export const vlan: NodeType = {
  name: "vlan",
  cookie: 1068486472,
  summary: "Gives each VLAN of a line a hook of its own, and tags what comes back.",
  role: "plain",
  hooks: [
    { name: "downstream", summary: "The line with tagged frames, usually `lower` of an interface." },
    { name: "nomatch", summary: "Frames of no VLAN that a hook has, usually `upper` of an interface." },
    { name: "<any>", summary: "Frames of the VLAN that `addfilter` gave to the hook, without their tag." },
  ],
  messages: VLAN_MESSAGES,
  dropReasons: {
    runts: "The frame is shorter than its header (EINVAL).",
    unconnected: "The destination, `downstream` or `nomatch`, is not connected (ENETDOWN).",
    noFilter: "The frame arrived at a hook without a VLAN (EOPNOTSUPP).",
  },
  gauges: { filters: "VLANs that have a hook." },
  create: (context) => new VlanBehaviour(context),
};
