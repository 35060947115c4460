/** A field of column Extra, and what its text has to be. */
export interface Entry {
  readonly kind: "entry";
  /** Key of the map: the name of an element, or `PEN.ID`. */
  readonly key: string;
  readonly test: EntryTest;
}

export type EntryTest =
  /** The row has the field. */
  | { readonly is: "there" }
  /** Its text is one of these. */
  | { readonly is: "oneOf"; readonly texts: readonly string[] }
  /** Its text is a number that compares so; with `bytes` its text is the bytes of one, in hexadecimal. */
  | {
      readonly is: "number";
      readonly operator: "<" | "<=" | ">" | ">=";
      readonly value: number;
      readonly bytes?: "unsigned" | "signed" | "float";
    }
  /** Its text is the bytes of one of these, in hexadecimal, with zeros behind it or without. */
  | { readonly is: "string"; readonly texts: readonly string[] };

const ENTRY = /^extra\.(.+)$/is;

/** The key that a word of a filter names, as in `Extra.natPoolName`; undefined when it is another word. */
export function entryKey(word: string): string | undefined {
  return ENTRY.exec(word)?.[1];
}
