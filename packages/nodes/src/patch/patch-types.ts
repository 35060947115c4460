import { setU32le, u32le } from "@ngflow/base";
import {
  type LengthOf,
  type ParseType,
  structType,
  typeOf,
  uint16,
  uint32,
  uint64,
  type ValueOf,
  variableArray,
} from "@ngflow/graph";
import { counterStruct } from "../hook-stats.ts";

/** Bytes of `struct ng_patch_config` without operations, and of an operation. */
const CONFIG_BYTES = 24;
const OP_BYTES = 16;

/** Link types that `setdlt` takes (net/bpf.h): packets that begin with an Ethernet header, or with their IP header. */
export const DLT_EN10MB = 1;
export const DLT_RAW = 12;

/** What an operation does with the number in the packet and its value (ng_patch.h). */
export const MODE = {
  set: 1,
  add: 2,
  subtract: 3,
  multiply: 4,
  divide: 5,
  negate: 6,
  and: 7,
  or: 8,
  xor: 9,
  shiftLeft: 10,
  shiftRight: 11,
} as const;

/** Bits of `csum_flags` (sys/mbuf.h): the checksums that are made again. */
export const CSUM = {
  ip: 0x1,
  ipUdp: 0x2,
  ipTcp: 0x4,
  ipSctp: 0x8,
  ip6Udp: 0x200,
  ip6Tcp: 0x400,
  ip6Sctp: 0x800,
} as const;

/** 64 bits with all their digits. */
const exact64: ParseType<bigint> = typeOf<bigint>(uint64, {
  get(input) {
    const at = input.take(8);
    return (BigInt(u32le(input.data, at + 4)) << 32n) | BigInt(u32le(input.data, at));
  },
  put(value, output) {
    const at = output.take(8);
    setU32le(output.bytes, at, Number(value & 0xffff_ffffn));
    setU32le(output.bytes, at + 4, Number(value >> 32n));
  },
});

const opType = structType([
  ["offset", uint32],
  ["length", uint16],
  ["mode", uint16],
  ["value", exact64],
]);
export type PatchOp = ValueOf<typeof opType>;

const opCount: LengthOf = (data, start) => (start + 4 <= data.length ? u32le(data, start) : 0);

export const configType = structType([
  ["count", uint32],
  ["csum_flags", uint64],
  ["relative_offset", uint32],
  ["ops", variableArray(opType, opCount)],
]);
export type PatchConfig = ValueOf<typeof configType>;

/** The same as an argument: bytes behind the last operation are ignored. */
export const configArgument: ParseType<PatchConfig> = {
  ...configType,
  read(bytes) {
    return configType.read(bytes.subarray(0, CONFIG_BYTES + OP_BYTES * opCount(bytes, 0, bytes.length)));
  },
};

export const statsType = counterStruct(["Received", "Patched", "Dropped"]);
