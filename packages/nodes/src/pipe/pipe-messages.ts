import {
  type MessageDescriptor,
  int64,
  messagesOf,
  structType,
  typeOf,
  uint32,
  uint64,
  type ValueOf,
} from "@ngflow/graph";
import { counterStruct } from "../hook-stats.ts";
import type { Pipe } from "./pipe.ts";

/** Numbers of a configuration, with -1 for all ones. */
const setting64 = typeOf(uint64, int64);
const setting32 = typeOf<number>(uint32, {
  get(input) {
    const value = uint32.get(input);
    return value === 0xffffffff ? -1 : value;
  },
  put: (value, output) => uint32.put(value, output),
});

/** What a message may set of one direction. 0 leaves a setting as it is, -1 switches it off. */
const directionType = structType([
  ["bandwidth", setting64],
  ["BER", setting64],
  ["queuelen", setting32],
  ["delaylen", setting32],
  ["duplicate", setting32],
  ["fifo", setting32],
  ["drr", setting32],
  ["wfq", setting32],
  ["droptail", setting32],
  ["drophead", setting32],
]);
export type DirectionConfig = ValueOf<typeof directionType>;

/** What a message may set: bits per second, microseconds, bytes. */
export const configType = structType([
  ["bandwidth", setting64],
  ["delay", setting64],
  ["header_offset", setting32],
  ["overhead", setting32],
  ["downstream", directionType],
  ["upstream", directionType],
]);
export type PipeConfig = ValueOf<typeof configType>;

export const directionStatsType = counterStruct([
  "FwdOctets",
  "FwdFrames",
  "queueDropOctets",
  "queueDropFrames",
  "delayDropOctets",
  "delayDropFrames",
]);
export const statsType = structType([
  ["downstream", directionStatsType],
  ["upstream", directionStatsType],
]);

export const directionRunType = structType([
  ["queues", uint32],
  ["queuedOctets", uint32],
  ["queuedFrames", uint32],
  ["delayedOctets", uint32],
  ["delayedFrames", uint32],
]);
export const runType = structType([
  ["downstream", directionRunType],
  ["upstream", directionRunType],
]);

const message = messagesOf<Pipe>();

/** Messages of ng_pipe.h (reference: nodes.md §14). */
export const PIPE_MESSAGES: readonly MessageDescriptor[] = [
  message({
    name: "getstats",
    cmd: 1,
    reply: statsType,
    summary: "Returns what passed and what was dropped.",
    run: (pipe) => pipe.stats(),
  }),
  message({ name: "clrstats", cmd: 2, summary: "Sets the statistics to zero.", run: (pipe) => void pipe.clear() }),
  message({
    name: "getclrstats",
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
