import { messagesOf, type NodeType, uint8 } from "@ngflow/graph";
import { PatchBehaviour } from "./patch-behaviour.ts";
import { configArgument, configType, statsType } from "./patch-types.ts";

const message = messagesOf<PatchBehaviour>();

/** ng_patch(4) of release 14: changes numbers in packets. */
export const patch: NodeType = {
  name: "patch",
  cookie: 1262445509,
  summary: "Changes numbers at given places of packets, and makes their checksums again.",
  role: "plain",
  hooks: [
    { name: "in", summary: "Packets arriving here are changed and leave through `out`, else through `in` again." },
    { name: "out", summary: "Packets arriving here leave through `in` as they are." },
  ],
  messages: [
    message({
      name: "getdlt",
      cmd: 6,
      reply: uint8,
      summary: "Returns the link type of packets.",
      run: (patch) => patch.dlt,
    }),
    message({
      name: "setdlt",
      cmd: 7,
      args: uint8,
      summary: "Sets what packets begin with: 1 an Ethernet header, 12 the IP header.",
      run: (patch, dlt) => patch.setDlt(dlt),
    }),
    message({
      name: "getconfig",
      cmd: 2,
      reply: configType,
      summary: "Returns the operations; there is no reply before they are set.",
      run: (patch) => patch.config,
    }),
    message({
      name: "setconfig",
      cmd: 1,
      args: configArgument,
      summary: "Sets the operations.",
      run: (patch, config) => patch.configure(config),
    }),
    message({
      name: "getstats",
      cmd: 3,
      reply: statsType,
      summary: "Returns the statistics.",
      run: (patch) => patch.stats(),
    }),
    message({
      name: "clrstats",
      clears: "statistics",
      cmd: 4,
      summary: "Clears the statistics.",
      run: (patch) => void patch.clear(),
    }),
    message({
      name: "getclrstats",
      clears: "statistics",
      cmd: 5,
      reply: statsType,
      summary: "Returns the statistics and clears them.",
      run: (patch) => patch.clear(),
    }),
  ],
  dropReasons: { unconnected: "The packet arrived at `out` without `in`, or at a hook that another one replaced." },
  counters: {
    received: "Packets that arrived.",
    patched: "Packets that at least one operation was applied to.",
  },
  create: () => new PatchBehaviour(),
};
