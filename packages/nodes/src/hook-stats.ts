import { type ParseType, type StructOf, structType, uint64 } from "@ngflow/graph";

type Counters<N extends string> = readonly (readonly [N, ParseType<number>])[];

/** A struct of 64-bit counters with these field names. Values are exact up to 2^53. */
export function counterStruct<const N extends string>(names: readonly N[]): ParseType<StructOf<Counters<N>>> {
  return structType<Counters<N>>(names.map((name) => [name, uint64] as const));
}
