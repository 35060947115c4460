/** How a column is stored (see KIND_BYTES). */
export type ColumnKind = keyof typeof KIND_BYTES;

/**
 * Bytes per row of a kind. u8, u16, u32 are little-endian integers; u64 is two little-endian 32-bit words, low first;
 * ms is a u64 of Unix milliseconds; ip is 16 bytes, IPv4 as ::ffff:a.b.c.d; mac is a u64 that holds 48 bits.
 * A map has texts by key, which are kept apart from the rows (ExtraFields).
 */
export const KIND_BYTES = { u8: 1, u16: 2, u32: 4, u64: 8, ms: 8, ip: 16, mac: 8, map: 0 } as const;

/** Names of a column's values. The API answers them instead of the numbers, and a filter takes both. */
export interface ValueNames {
  /** What a value is, for error messages: `protocol`. */
  readonly what: string;
  /** Lower case. */
  readonly byValue: Readonly<Record<number, string>>;
  /** Other names that a filter takes, lower case. */
  readonly synonyms?: Readonly<Record<string, number>>;
}

/** How the console shows a value that is not simply its text or number. */
export type Show =
  /** A word before the number: `AS64500`, `VLAN 12`. */
  | { readonly as: "prefixed"; readonly prefix: string }
  /** A word for each of the first numbers; the others stay numbers. */
  | { readonly as: "named"; readonly names: readonly string[] }
  /** The value's name in capitals (`TCP`), or `protocol 200` where it has none. */
  | { readonly as: "capitals" }
  /** A port, with the name of its service. */
  | { readonly as: "port" }
  /** A scaled number of bytes. */
  | { readonly as: "bytes" }
  /** A whole number with separators. */
  | { readonly as: "count" }
  /** The letters of the bits that are set, lowest bit first; a filter takes them too. */
  | { readonly as: "flags"; readonly letters: string };

interface ColumnFacts {
  readonly name: string;
  readonly kind: ColumnKind;
  /** What the column is for: queries group by dimensions, sum counters, cut by time; attributes are shown only. */
  readonly role: "time" | "dimension" | "attribute" | "counter";
  readonly label: string;
  /** IANA information elements that fill the column, best first. They mean the same: one that is not 0 wins. */
  readonly elements: readonly string[];
  /**
   * Elements that fill the column only where the template has none of `elements`: they mean something else (what the
   * device made of the packet), so a zero of `elements` is the value.
   */
  readonly otherwise?: readonly string[];
  /** Elements, besides the reverse elements of RFC 5103, that fill the column of the reverse direction. */
  readonly reverseElements?: readonly string[];
  /** Part of the flow's key: it is the same packet field in both directions, so no reverse element fills it. */
  readonly key?: true;
  /** Short names in the filter language, lower case. A name in several rows matches any of those columns. */
  readonly aliases?: readonly string[];
  readonly names?: ValueNames;
  readonly show?: Show;
}

/** A column about one end or direction: in the reverse record it has the value of the opposite column. */
interface DirectionalColumn extends ColumnFacts {
  readonly reverse: "swap";
  /** Name of the same column for the other end; its row names this one. */
  readonly opposite: string;
}

interface OtherColumn extends ColumnFacts {
  /**
   * What a reverse record (RFC 5103) has in the column. `keep`: the forward record's value, which applies to both
   * directions. `drop`: nothing, unless the exporter sends a value for the reverse direction.
   */
  readonly reverse: "keep" | "drop";
  readonly opposite?: never;
}

/** One row of the column table. */
export type FlowColumn = DirectionalColumn | OtherColumn;
