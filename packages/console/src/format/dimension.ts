import { COLUMNS, DERIVED, NAMED, namedByName, serviceOf, type DimensionName, type Show } from "@ngflow/flows";
import { COLUMNS_JA } from "../messages/columns.ts";
import { ICMP_PORT, isIcmp } from "../filter/icmp.ts";
import { icmpTypeText } from "../messages/icmp.ts";
import { VALUES_JA } from "../messages/value-names.ts";
import { values as t } from "../messages/values.ts";
import { countryName } from "./country.ts";
import { reader } from "./reader.ts";

/** Every column that is a dimension, in the order of the column table. */
export const DIMENSIONS: readonly DimensionName[] = COLUMNS.flatMap((column) =>
  column.role === "dimension" ? [column.name] : [],
);

const LABELS: ReadonlyMap<string, string> = new Map(
  [...COLUMNS, ...DERIVED, ...NAMED].map(({ name, label }) => [name, label]),
);

/** Label of a column, a derived value or a masked address (`Source address /24`), or its name where there is none. */
export function columnLabel(name: string): string {
  const [column = name, ...masks] = name.split("/");
  const japanese = reader().language === "ja" ? COLUMNS_JA[column as DimensionName] : undefined;
  return [japanese ?? LABELS.get(column) ?? column, ...masks.map((bits) => `/${bits}`)].join(" ");
}

/** Whether a text names a dimension. */
export function isDimension(text: string): text is DimensionName {
  return (DIMENSIONS as readonly string[]).includes(text);
}

/** Columns of ISO 3166 codes. */
const COUNTRIES: ReadonlySet<string> = new Set(["SrcCountry", "DstCountry"]);

const SHOWS: ReadonlyMap<string, Show> = new Map(
  [...COLUMNS, ...DERIVED].flatMap((column) => ("show" in column ? [[column.name, column.show] as const] : [])),
);

/** How the values of a column are shown; undefined where they are plain text or numbers, or there is no such column. */
export function showOf(name: string): Show | undefined {
  return SHOWS.get(name);
}

/** Whether the values of a column are ports. */
export function isPort(name: string): boolean {
  return showOf(name)?.as === "port";
}

/**
 * A value of a dimension as text: protocol names in capitals, ports with their service, interfaces with a word. The
 * rest of its row tells whether a port is one: of ICMP it is a type and a code.
 */
export function dimensionText(
  name: string,
  value: string | number | null | undefined,
  row: Readonly<Record<string, unknown>> = {},
): string {
  if (value === null || value === undefined) return t.others;
  if (COUNTRIES.has(name)) return countryText(String(value));
  if (value === "" && namedByName(name) !== undefined) return t.noName;
  const show = showOf(name.split("/")[0]!);
  switch (show?.as) {
    case "capitals":
      return typeof value === "string" && !/^\d+$/.test(value)
        ? value.toUpperCase().replace("IPV6", "IPv6")
        : t.protocol(String(value));
    case "port":
      if (value === ICMP_PORT) return t.icmp;
      return isIcmp(row) ? icmpText(String(row["Proto"]), Number(value)) : portText(Number(value));
    case "prefixed":
      return show.prefix === "interface " ? t.interface(String(value)) : `${show.prefix}${value}`;
    case "named":
      return wordText(name, show.names[Number(value)] ?? String(value));
    default:
      return wordText(name, String(value));
  }
}

/** A word that is a value, in the language of the reader. */
function wordText(name: string, word: string): string {
  return reader().language === "ja" ? (VALUES_JA[name]?.[word] ?? word) : word;
}

function countryText(code: string): string {
  if (code === "") return t.unknown;
  const country = countryName(code);
  return country === undefined ? code : `${code} ${country}`;
}

/** Zero is also what exporters send that know no type. */
function icmpText(protocol: string, value: number): string {
  return value === 0 ? "-" : icmpTypeText(protocol, value >> 8, value & 0xff);
}

/** The service after the number, which stays visible. */
function portText(port: number): string {
  if (port === 0) return "-";
  const service = serviceOf(port);
  return service === undefined ? String(port) : `${port} ${service}`;
}
