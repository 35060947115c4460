import { type MessageDescriptor, messagesOf } from "@ngflow/graph";
import type { PipeBehaviour } from "./pipe-behaviour.ts";
import { configType, runType, statsType } from "./pipe-types.ts";

const message = messagesOf<PipeBehaviour>();

/** Messages of ng_pipe.h (reference: nodes.md §14). */
export const PIPE_MESSAGES: readonly MessageDescriptor[] = [
  message({
    name: "getstats",
    cmd: 1,
    reply: statsType,
    summary: "Returns what passed and what was dropped.",
    run: (pipe) => pipe.stats(),
  }),
  message({
    name: "clrstats",
    clears: "statistics",
    cmd: 2,
    summary: "Sets the statistics to zero.",
    run: (pipe) => void pipe.clear(),
  }),
  message({
    name: "getclrstats",
    clears: "statistics",
    cmd: 3,
    reply: statsType,
    summary: "Returns the statistics and sets them to zero.",
    run: (pipe) => pipe.clear(),
  }),
  message({
    name: "getrun",
    cmd: 4,
    reply: runType,
    summary: "Returns what waits at the moment.",
    run: (pipe) => pipe.run(),
  }),
  message({
    name: "getcfg",
    cmd: 5,
    reply: configType,
    summary: "Returns the settings.",
    run: (pipe) => pipe.config(),
  }),
  message({
    name: "setcfg",
    cmd: 6,
    args: configType,
    summary: "Changes settings: 0 or a value out of range leaves one as it is, -1 switches it off.",
    run: (pipe, wanted) => pipe.configure(wanted),
  }),
];
