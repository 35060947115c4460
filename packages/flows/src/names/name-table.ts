/** Names that do not depend on who exported a flow, by what they are of. */
export const TABLE_KINDS = ["network", "place", "as", "host", "vendor"] as const;
/** What a table of names is looked up by: one of `TABLE_KINDS`. */
export type TableKind = (typeof TABLE_KINDS)[number];

/** What each kind of table says of a number or an address. */
export const TABLE_FIELDS = {
  /** By number of a network. */
  network: ["name", "site", "role", "region", "tenant"],
  /** By number of a place. */
  place: ["country", "state", "city"],
  /** By AS number. */
  as: ["name"],
  /** By address, as `formatIp` writes it. */
  host: ["name"],
  /** By the first 24, 28 or 36 bits of a MAC address, as `vendorKey` writes them. */
  vendor: ["name"],
} as const satisfies Readonly<Record<TableKind, readonly string[]>>;

/** Texts by number or address. The same object as long as nothing changed; a text is not empty. */
export type NameTexts = ReadonlyMap<number | string, string>;

/** All texts of a kind, by field. */
export type NameTable<Kind extends TableKind = TableKind> = Readonly<
  Partial<Record<(typeof TABLE_FIELDS)[Kind][number], NameTexts>>
>;

/** The tables that there are. */
export type NameTables = { readonly [Kind in TableKind]?: NameTable<Kind> };

/** Lengths of the prefixes of MAC addresses that IEEE assigns (MA-L, MA-M, MA-S), longest first. */
export const VENDOR_BITS = [36, 28, 24] as const;

/** The key of a vendor: length and value of the prefix of a MAC address in one number. */
export function vendorKey(bits: number, prefix: number): number {
  return bits * 2 ** 40 + prefix;
}
