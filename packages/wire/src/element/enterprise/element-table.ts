import type { AbstractType } from "../abstract-type.ts";

/** Semantics of a value, RFC 7012 section 3.2; `default` if the source gives none. */
export type Semantics = "default" | "quantity" | "totalCounter" | "deltaCounter" | "identifier" | "flags";

/** An element: id without the enterprise bit, name, abstract type, semantics, and its length if the type has none. */
export type ElementRow = readonly [
  id: number,
  name: string,
  type: AbstractType,
  semantics: Semantics,
  lengthBytes?: number,
];

/** The elements of one vendor. */
export interface ElementTable {
  /** Private enterprise number; 0 for NetFlow v9 field types that a vendor defined. */
  readonly pen: number;
  readonly vendor: string;
  /** Where ids, names and types come from. */
  readonly source: string;
  readonly rows: readonly ElementRow[];
}

const LENGTHS: { readonly [T in AbstractType]?: number } = {
  unsigned8: 1,
  unsigned16: 2,
  unsigned32: 4,
  unsigned64: 8,
  signed8: 1,
  signed16: 2,
  signed32: 4,
  signed64: 8,
  float32: 4,
  float64: 8,
  boolean: 1,
  macAddress: 6,
  ipv4Address: 4,
  ipv6Address: 16,
  dateTimeSeconds: 4,
  dateTimeMilliseconds: 8,
  dateTimeMicroseconds: 8,
  dateTimeNanoseconds: 8,
};

/** Bytes of an element when it is not sent shorter; undefined when it has no fixed length. */
export function elementLength([, , type, , lengthBytes]: ElementRow): number | undefined {
  return lengthBytes ?? LENGTHS[type];
}
