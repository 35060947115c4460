import type { NameLookup } from "../names/name-lookup.ts";
import type { NamedValueName } from "../names/named-value.ts";
import type { Entry } from "./entry.ts";
import type { ValueName } from "./value-by-name.ts";

/**
 * What a column can be compared with: unsigned integers (times as Unix milliseconds, MACs as 48 bits), or 16 address
 * bytes.
 */
export type Literal =
  | { readonly kind: "uint"; readonly value: bigint }
  | { readonly kind: "ip"; readonly bytes: Uint8Array };

/** How a filter compares a column with a value. */
export type CompareOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** Addresses whose first `length` of 128 bits are those of `bytes`; all later bits of `bytes` are zero. */
export interface Prefix {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** What a name has to be: one of some texts, or like a pattern. */
export type NameTest =
  | { readonly is: "oneOf"; readonly texts: readonly string[] }
  | { readonly is: "like"; readonly pattern: string };

/** A filter as a tree of typed literals. Texts of a user are only in entries; a dialect passes them as bytes. */
export type Predicate =
  | { readonly kind: "all" }
  | Entry
  /** A name, as the filter has it; a plan has `lookup` instead. */
  | { readonly kind: "named"; readonly value: NamedValueName; readonly test: NameTest }
  /** A name whose number is one of these; of none there may be no flow. */
  | { readonly kind: "lookup"; readonly lookup: NameLookup; readonly numbers: readonly number[] }
  | { readonly kind: "and" | "or"; readonly terms: readonly Predicate[] }
  | { readonly kind: "not"; readonly term: Predicate }
  | {
      readonly kind: "compare";
      readonly column: ValueName;
      readonly operator: CompareOperator;
      readonly value: Literal;
    }
  /** Both ends included. */
  | { readonly kind: "between"; readonly column: ValueName; readonly low: Literal; readonly high: Literal }
  | { readonly kind: "oneOf"; readonly column: ValueName; readonly values: readonly Literal[] }
  /** An address that is in one of the prefixes, which may be thousands. */
  | { readonly kind: "prefixes"; readonly column: ValueName; readonly prefixes: readonly Prefix[] }
  /** All bits of a mask are set, or any of them. */
  | { readonly kind: "bits"; readonly column: ValueName; readonly mask: bigint; readonly match: "all" | "any" }
  /** Two values of the same flow, both addresses or both numbers. */
  | {
      readonly kind: "columns";
      readonly left: ValueName;
      readonly operator: CompareOperator;
      readonly right: ValueName;
    };
