import { setU32le } from "@ngflow/base";
import { structType, type ParseType, uint64 } from "@ngflow/graph";

/** Layout of a struct of 64-bit counters with these field names. */
export function counterStruct(names: readonly string[]): ParseType {
  return structType(names.map((name) => [name, uint64] as const));
}

/** 64-bit little-endian bytes of counters held in doubles (exact up to 2^53). */
export function counterBytes(counters: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(counters.length * 8);
  counters.forEach((value, i) => {
    setU32le(bytes, i * 8, value % 4294967296);
    setU32le(bytes, i * 8 + 4, Math.floor(value / 4294967296));
  });
  return bytes;
}
