import { type MessageDescriptor, messagesOf, uint32 } from "@ngflow/graph";
import type { BridgeBehaviour } from "./bridge-behaviour.ts";
import { configType, statsType, tableType } from "./bridge-types.ts";

const message = messagesOf<BridgeBehaviour>();

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
    clears: "learned hosts and statistics",
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
    clears: "statistics",
    cmd: 5,
    args: uint32,
    summary: "Clears the statistics of a link.",
    run: (bridge, link) => void bridge.clear(link),
  }),
  message({
    name: "getclrstats",
    clears: "statistics",
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
