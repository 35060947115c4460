import { setU32le, u32le } from "@ngflow/base";
import { type MessageDescriptor, structType, uint32, uint64 } from "@ngflow/graph";
import { counterStruct } from "../hook-stats.ts";

/** Command numbers of ng_pipe.h (reference: nodes.md §14). */
export const PIPE_COMMAND = { getstats: 1, clrstats: 2, getclrstats: 3, getrun: 4, getcfg: 5, setcfg: 6 } as const;

/** What a message may set of one direction. 0 leaves a setting as it is, -1 switches it off. */
export interface DirectionConfig {
  bandwidth: number;
  ber: number;
  queuelen: number;
  delaylen: number;
  duplicate: number;
  fifo: number;
  drr: number;
  wfq: number;
  droptail: number;
  drophead: number;
}

/** What a message may set. Bits per second, microseconds, bytes. */
export interface PipeConfig {
  bandwidth: number;
  delay: number;
  headerOffset: number;
  overhead: number;
  downstream: DirectionConfig;
  upstream: DirectionConfig;
}

/** Bytes of `struct ng_pipe_cfg`: two 64-bit and two 32-bit numbers, then two directions. */
export const CONFIG_BYTES = 120;
const DIRECTION_BYTES = 48;
const DOWNSTREAM_AT = 24;
const DIRECTION_WORDS = ["queuelen", "delaylen", "duplicate", "fifo", "drr", "wfq", "droptail", "drophead"] as const;
const TWO32 = 4294967296;

const directionType = structType([
  ["bandwidth", uint64],
  ["BER", uint64],
  ...DIRECTION_WORDS.map((name) => [name, uint32] as const),
]);

const configType = structType([
  ["bandwidth", uint64],
  ["delay", uint64],
  ["header_offset", uint32],
  ["overhead", uint32],
  ["downstream", directionType],
  ["upstream", directionType],
]);

const directionStatsType = counterStruct([
  "FwdOctets",
  "FwdFrames",
  "queueDropOctets",
  "queueDropFrames",
  "delayDropOctets",
  "delayDropFrames",
]);
const statsType = structType([
  ["downstream", directionStatsType],
  ["upstream", directionStatsType],
]);

const directionRunType = structType(
  ["queues", "queuedOctets", "queuedFrames", "delayedOctets", "delayedFrames"].map((name) => [name, uint32] as const),
);
const runType = structType([
  ["downstream", directionRunType],
  ["upstream", directionRunType],
]);

export const PIPE_MESSAGES: readonly MessageDescriptor[] = [
  {
    name: "getstats",
    cmd: PIPE_COMMAND.getstats,
    reply: statsType,
    summary: "Returns what passed and what was dropped.",
  },
  { name: "clrstats", cmd: PIPE_COMMAND.clrstats, summary: "Sets the statistics to zero." },
  {
    name: "getclrstats",
    cmd: PIPE_COMMAND.getclrstats,
    reply: statsType,
    summary: "Returns the statistics and sets them to zero.",
  },
  { name: "getrun", cmd: PIPE_COMMAND.getrun, reply: runType, summary: "Returns what waits at the moment." },
  { name: "getcfg", cmd: PIPE_COMMAND.getcfg, reply: configType, summary: "Returns the settings." },
  {
    name: "setcfg",
    cmd: PIPE_COMMAND.setcfg,
    args: configType,
    summary: "Changes settings: 0 or a value out of range leaves one as it is, -1 switches it off.",
  },
];

/** A 64-bit number, -1 for all ones. Exact up to 2^53. */
function number64(bytes: Uint8Array, at: number): number {
  const [low, high] = [u32le(bytes, at), u32le(bytes, at + 4)];
  return low === TWO32 - 1 && high === TWO32 - 1 ? -1 : low + high * TWO32;
}

function number32(bytes: Uint8Array, at: number): number {
  const value = u32le(bytes, at);
  return value === TWO32 - 1 ? -1 : value;
}

function setNumber64(bytes: Uint8Array, at: number, value: number): void {
  setU32le(bytes, at, value < 0 ? TWO32 - 1 : value % TWO32);
  setU32le(bytes, at + 4, value < 0 ? TWO32 - 1 : Math.floor(value / TWO32));
}

function directionOf(bytes: Uint8Array, at: number): DirectionConfig {
  const words = DIRECTION_WORDS.map((name, i) => [name, number32(bytes, at + 16 + 4 * i)] as const);
  return {
    bandwidth: number64(bytes, at),
    ber: number64(bytes, at + 8),
    ...(Object.fromEntries(words) as Record<(typeof DIRECTION_WORDS)[number], number>),
  };
}

function putDirection(bytes: Uint8Array, at: number, config: DirectionConfig): void {
  setNumber64(bytes, at, config.bandwidth);
  setNumber64(bytes, at + 8, config.ber);
  DIRECTION_WORDS.forEach((name, i) => setU32le(bytes, at + 16 + 4 * i, config[name] >>> 0));
}

/** The settings in `struct ng_pipe_cfg`, of `CONFIG_BYTES` bytes. */
export function readConfig(bytes: Uint8Array): PipeConfig {
  return {
    bandwidth: number64(bytes, 0),
    delay: number64(bytes, 8),
    headerOffset: number32(bytes, 16),
    overhead: number32(bytes, 20),
    downstream: directionOf(bytes, DOWNSTREAM_AT),
    upstream: directionOf(bytes, DOWNSTREAM_AT + DIRECTION_BYTES),
  };
}

export function configBytes(config: PipeConfig): Uint8Array {
  const bytes = new Uint8Array(CONFIG_BYTES);
  setNumber64(bytes, 0, config.bandwidth);
  setNumber64(bytes, 8, config.delay);
  setU32le(bytes, 16, config.headerOffset >>> 0);
  setU32le(bytes, 20, config.overhead >>> 0);
  putDirection(bytes, DOWNSTREAM_AT, config.downstream);
  putDirection(bytes, DOWNSTREAM_AT + DIRECTION_BYTES, config.upstream);
  return bytes;
}
