import { setU32le, u32le } from "@ngflow/base";
import { structType, typeOf, uint64, uint8, type ValueOf } from "@ngflow/graph";
import { counterStruct } from "../hook-stats.ts";

const LOW = 0xffff_ffffn;

/** An unsigned number of 64 bits, all of them exact: settings are multiplied modulo 2^64 before they are checked. */
const exact64 = typeOf<bigint>(uint64, {
  get(input) {
    const at = input.take(8);
    return (BigInt(u32le(input.data, at + 4)) << 32n) | BigInt(u32le(input.data, at));
  },
  put(value, output) {
    const at = output.take(8);
    setU32le(output.bytes, at, Number(value & LOW));
    setU32le(output.bytes, at + 4, Number((value >> 32n) & LOW));
  },
});

/** `struct ng_car_hookconf`: bursts in bytes, rates in bits per second; with `COUNT_PACKETS` packets for both. */
const directionConfigType = structType([
  ["cbs", exact64],
  ["ebs", exact64],
  ["cir", exact64],
  ["pir", exact64],
  ["greenAction", uint8],
  ["yellowAction", uint8],
  ["redAction", uint8],
  ["mode", uint8],
  ["opt", uint8],
]);
export type DirectionConfig = ValueOf<typeof directionConfigType>;

export const configType = structType([
  ["upstream", directionConfigType],
  ["downstream", directionConfigType],
]);
export type CarConfig = ValueOf<typeof configType>;

/** `struct ng_car_hookstats`. */
const directionStatsType = counterStruct(["passed", "dropped", "green", "yellow", "red", "errors"]);
export type DirectionStats = ValueOf<typeof directionStatsType>;

export const statsType = structType([
  ["upstream", directionStatsType],
  ["downstream", directionStatsType],
]);
