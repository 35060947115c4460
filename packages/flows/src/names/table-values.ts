import type { ColumnName } from "../columns.ts";
import type { TABLE_FIELDS, TableKind } from "./name-table.ts";

type End = "Src" | "Dst";

/** The name of something that a column of the flow identifies, whoever exported the flow. */
export interface TableValue {
  readonly name: string;
  /** What a dialect answers: the number of a name, 0 for none. Callers see the name. */
  readonly kind: "u32";
  readonly label: string;
  /** Short names in the filter language, lower case. */
  readonly aliases?: readonly string[];
  /** The column that identifies it. */
  readonly needs: readonly [ColumnName];
  readonly table: TableKind;
  readonly field: string;
}

/** What is shown of each end: name of the value behind `Src` or `Dst`, what it is, and where it is found. */
const OF_ENDS = [
  { name: "HostName", label: "host name", key: "Addr", table: "host", field: "name", alias: "hostname" },
  { name: "NetName", label: "network", key: "NetId", table: "network", field: "name", alias: "netname" },
  { name: "NetSite", label: "site", key: "NetId", table: "network", field: "site", alias: "site" },
  { name: "NetRole", label: "role of the network", key: "NetId", table: "network", field: "role", alias: "role" },
  { name: "NetRegion", label: "region", key: "NetId", table: "network", field: "region", alias: "region" },
  { name: "NetTenant", label: "tenant", key: "NetId", table: "network", field: "tenant", alias: "tenant" },
  { name: "ASName", label: "AS name", key: "AS", table: "as", field: "name", alias: "asname" },
  { name: "Country", label: "country", key: "PlaceId", table: "place", field: "country", alias: "country" },
  { name: "GeoState", label: "state or province", key: "PlaceId", table: "place", field: "state", alias: "state" },
  { name: "GeoCity", label: "city", key: "PlaceId", table: "place", field: "city", alias: "city" },
  { name: "MacVendor", label: "MAC vendor", key: "Mac", table: "vendor", field: "name", alias: "macvendor" },
] as const;

export type TableValueName = `${End}${(typeof OF_ENDS)[number]["name"]}`;

const WORDS: Readonly<Record<End, string>> = { Src: "Source", Dst: "Destination" };

/** Every name of an end. A new row of `OF_ENDS` is two dimensions, filters and columns of flows. */
export const TABLE_VALUES: readonly (TableValue & { readonly name: TableValueName })[] = OF_ENDS.flatMap(
  ({ name, label, key, table, field, alias }) =>
    (["Src", "Dst"] as const).map((end) => ({
      name: `${end}${name}` as const,
      kind: "u32" as const,
      label: `${WORDS[end]} ${label}`,
      aliases: [alias],
      needs: [`${end}${key}`] as const,
      table,
      field: fieldOf(table, field),
    })),
);

/** A field that its table has. */
function fieldOf<Kind extends TableKind>(_kind: Kind, field: (typeof TABLE_FIELDS)[Kind][number]): string {
  return field;
}
