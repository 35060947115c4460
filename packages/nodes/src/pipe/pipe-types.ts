import { int64, structType, typeOf, uint32, uint64, type ValueOf } from "@ngflow/graph";
import { counterStruct } from "../hook-stats.ts";

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
