/** What names come from. */
export const SOURCE_KINDS = [
  "networks",
  "mmdb",
  "hosts",
  "mac-vendors",
  "reverse-dns",
  "snmp",
  "interface-rules",
  "numbers",
] as const;
/** A kind of file or service that names addresses: one of `SOURCE_KINDS`. */
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** How a source of names is. */
export interface SourceStatus {
  readonly kind: SourceKind;
  /** Path, address or server. */
  readonly from: string;
  /**
   * `current`: what is used is what was last seen there. `stale`: it is older, because the last attempt failed.
   * `absent`: there never was anything to use.
   */
  readonly state: "current" | "stale" | "absent";
  /** Names, prefixes or addresses that are used; null if it is absent. */
  readonly entries: number | null;
  /** When what is used was read, ISO 8601 UTC; null if it is absent. */
  readonly readAt: string | null;
  /** When it was made: the time of the file, or what the file says. ISO 8601 UTC; null if not known. */
  readonly madeAt: string | null;
  /** Why the last attempt failed; null if it did not. */
  readonly error: string | null;
}
