import { int32, type MessageDescriptor, messagesOf, typeOf, uint32 } from "@ngflow/graph";
import type { BridgeBehaviour } from "./bridge-behaviour.ts";
import { configType, moveHostType, privateType, statsType, tableType } from "./bridge-types.ts";

const message = messagesOf<BridgeBehaviour>();

/** The number of a link: -N for `uplink<N>`. In text it is unsigned, and takes a minus sign. */
const linkNumber = typeOf(uint32, int32);

/** Messages of ng_bridge.h, and one of ngflow (reference: nodes.md §7). */
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
    args: linkNumber,
    reply: statsType,
    summary: "Returns the statistics of a link by its number, of an uplink by its negative number.",
    run: (bridge, link) => bridge.stats(link),
  }),
  message({
    name: "clrstats",
    clears: "statistics",
    cmd: 5,
    args: linkNumber,
    summary: "Clears the statistics of a link.",
    run: (bridge, link) => void bridge.clear(link),
  }),
  message({
    name: "getclrstats",
    clears: "statistics",
    cmd: 6,
    args: linkNumber,
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
  message({
    name: "movehost",
    cmd: 9,
    args: moveHostType,
    summary: "Puts an address behind a link; without a hook, behind the one that the message came in by.",
    run: (bridge, host, { viaHook }) => bridge.moveHost(host, viaHook),
  }),
  message({
    name: "setprivate",
    cmd: 64,
    args: privateType,
    summary: "Sets whether only uplinks get frames for unknown hosts: 0 or 1. Of ngflow, not FreeBSD.",
    run: (bridge, on) => bridge.setPrivate(on !== 0),
  }),
];
