import type { ColumnName } from "../columns.ts";

/** The times of a query, half-open, Unix milliseconds. */
export interface NameWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Numbers of names by key, and what a key is made of. Parallel arrays. */
export interface NameKeys {
  /** Position of the exporter in `exporters`, or of the domain in `domains`, from 1; times 2^32, plus the number. */
  readonly keys: readonly bigint[];
  /** Number of a name, or SERIES plus the number of a series. */
  readonly values: readonly number[];
}

/** A value from this on is a series: names that followed each other. */
export const SERIES = 2 ** 31;
/** Bits of a time, Unix milliseconds, in the starts of a series. */
export const TIME_BITS = 43n;

/** Names by the value of one column. */
export interface TableKeys {
  readonly column: ColumnName;
  /** Of a column of addresses: 16 bytes each, and numbers of their names. */
  readonly addresses: readonly Uint8Array[];
  readonly values: readonly number[];
  /** Of other columns: what is left of the value when it is divided has a name. The first that is found holds. */
  readonly prefixes: readonly {
    readonly divisor: number;
    readonly keys: readonly number[];
    readonly values: readonly number[];
  }[];
  /** The name of a value as a database answers it; "" for none. */
  readonly nameOf: (cell: number | string) => string;
}

/** What the two sides of a flow at the border are found by. */
export interface BorderKeys {
  /** Boundaries of interfaces; numbers of `texts` that are `external` or `internal`. */
  readonly in: NameLookup;
  readonly out: NameLookup;
  /** Numbers of the networks that are outside; null if no network is known. */
  readonly outside: readonly number[] | null;
}

/** What the application of a flow is found by, the best first. Numbers are those of the lookup's texts. */
export interface ApplicationKeys {
  /** The names that exporters sent for application ids, and the number of each of them here. */
  readonly learned: NameLookup;
  readonly learnedNumbers: readonly number[];
  /** Well-known ports: the lower port of a flow, then the other one. */
  readonly ports: readonly number[];
  readonly portNumbers: readonly number[];
  /** Protocols; those with ports stand for their flows without a well-known one. */
  readonly protocols: readonly number[];
  readonly protocolNumbers: readonly number[];
}

/**
 * How a flow's name is found. First among the names of its domain, then among those of its exporter. All texts are
 * here, so that what a database is asked has numbers and addresses only.
 */
export interface NameLookup {
  /** Names by number, in order of their text; number 0 is "", no name. */
  readonly texts: readonly string[];
  /** Addresses, 16 bytes each. */
  readonly exporters: readonly Uint8Array[];
  /** Domains of exporters (positions from 1) whose names differ from those of other domains. */
  readonly domains: readonly { readonly exporter: number; readonly domain: number }[];
  /** Column with the number that is named; null where the exporter's domain itself has the name. */
  readonly number: ColumnName | null;
  readonly ofExporters: NameKeys;
  readonly ofDomains: NameKeys;
  /** Of names that changed: series × 2^TIME_BITS + the time from when on, ascending, and the name's number. */
  readonly starts: readonly bigint[];
  readonly startValues: readonly number[];
  /** Columns that the lookup reads. */
  readonly needs: readonly ColumnName[];
  /** Of names that do not depend on the exporter: nothing else but `texts` and `needs` is then used. */
  readonly table?: TableKeys;
  /** Of the direction at the border: nothing else but `texts` and `needs` is then used. */
  readonly border?: BorderKeys;
  /** Of the application: nothing else but `texts` and `needs` is then used. */
  readonly application?: ApplicationKeys;
}

/** The numbers of the names that fit. */
export function numbersOf({ texts }: NameLookup, fits: (text: string) => boolean): number[] {
  return texts.flatMap((text, number) => (fits(text) ? [number] : []));
}
