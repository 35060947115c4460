import { dimensionByName, icmpTypeName, serviceOf, valueByName } from "@ngflow/flows";
import type { Row } from "./format.ts";

/** Names of things as a server knows them now, by address and by `EXPORTER/INDEX`. */
export interface ServerNames {
  readonly hosts: Readonly<Record<string, string>>;
  readonly interfaces: Readonly<Record<string, string>>;
}

export const NO_SERVER_NAMES: ServerNames = { hosts: {}, interfaces: {} };

const INTERFACES = new Set(["InIf", "OutIf"]);

/** The name that is shown next to a value of a row; undefined without one. */
export type NameOf = (column: string, row: Row) => string | undefined;

/**
 * Names that are shown next to values: of hosts and interfaces as a server knows them, of ports and types of ICMP as
 * IANA calls them. Of ICMP, `DstPort` is type × 256 + code, where the exporter sent it so.
 */
export function knownNames({ hosts, interfaces }: ServerNames): NameOf {
  return (column, row) => {
    const value = row[column];
    if (value === null || value === undefined || typeof value === "object") return undefined;
    if (isAddress(column)) return hosts[String(value)];
    if (INTERFACES.has(column)) return interfaces[`${String(row["ExporterAddr"])}/${value}`];
    const protocol = String(row["Proto"]);
    if (column === "IcmpType") return icmpTypeName(protocol, Number(value));
    if (!isPort(column)) return undefined;
    if (protocol !== "icmp" && protocol !== "ipv6-icmp") return serviceOf(Number(value));
    return column === "DstPort" && value !== 0 ? icmpTypeName(protocol, Number(value) >> 8) : undefined;
  };
}

/** Addresses and interfaces of rows that a server may have names for. */
export function namedThings(
  columns: readonly string[],
  rows: readonly Row[],
): { readonly hosts: readonly string[]; readonly interfaces: readonly string[] } {
  const of = (some: readonly string[], key: (row: Row, column: string) => string): string[] => [
    ...new Set(rows.flatMap((row) => some.flatMap((column) => (row[column] ?? null) === null ? [] : [key(row, column)]))),
  ];
  return {
    hosts: of(columns.filter(isAddress), (row, column) => String(row[column])),
    interfaces: of(
      columns.includes("ExporterAddr") ? columns.filter((column) => INTERFACES.has(column)) : [],
      (row, column) => `${String(row["ExporterAddr"])}/${String(row[column])}`,
    ),
  };
}

/** Whether a column has whole addresses: those of networks have no names. */
function isAddress(column: string): boolean {
  const dimension = dimensionByName(column);
  return typeof dimension !== "string" && dimension.masks === undefined && valueByName(dimension.value).kind === "ip";
}

function isPort(column: string): boolean {
  const dimension = dimensionByName(column);
  return typeof dimension !== "string" && valueByName(dimension.value).show?.as === "port";
}
