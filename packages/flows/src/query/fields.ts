import { type ColumnName, COLUMNS } from "../columns.ts";

/** What a name in a filter stands for: one column, or several of which any may match. */
export interface FilterField {
  readonly name: string;
  readonly columns: readonly ColumnName[];
}

/** Short names of the filter language beside the column names; all in any case. */
const ALIASES: readonly (readonly [string, ...ColumnName[]])[] = [
  ["src", "SrcAddr"],
  ["dst", "DstAddr"],
  ["host", "SrcAddr", "DstAddr"],
  ["ip", "SrcAddr", "DstAddr"],
  ["net", "SrcAddr", "DstAddr"],
  ["port", "SrcPort", "DstPort"],
  ["as", "SrcAS", "DstAS"],
  ["mac", "SrcMac", "DstMac"],
  ["if", "InIf", "OutIf"],
  ["mask", "SrcMask", "DstMask"],
  ["src host", "SrcAddr"],
  ["src ip", "SrcAddr"],
  ["src net", "SrcAddr"],
  ["src port", "SrcPort"],
  ["src as", "SrcAS"],
  ["src mac", "SrcMac"],
  ["src mask", "SrcMask"],
  ["dst host", "DstAddr"],
  ["dst ip", "DstAddr"],
  ["dst net", "DstAddr"],
  ["dst port", "DstPort"],
  ["dst as", "DstAS"],
  ["dst mac", "DstMac"],
  ["dst mask", "DstMask"],
  ["in if", "InIf"],
  ["out if", "OutIf"],
  ["exporter", "ExporterAddr"],
  ["router", "ExporterAddr"],
  ["nexthop", "NextHop"],
  ["protocol", "Proto"],
  ["flags", "TcpFlags"],
  ["label", "MplsLabel"],
  ["mpls", "MplsLabel"],
];

const FIELDS: ReadonlyMap<string, FilterField> = new Map<string, FilterField>([
  ...COLUMNS.map(({ name }): [string, FilterField] => [name.toLowerCase(), { name, columns: [name] }]),
  ...ALIASES.map(([alias, ...columns]): [string, FilterField] => [alias, { name: alias, columns }]),
]);

/** A column or short name, in any case; undefined when there is none of that name. */
export function fieldByName(name: string): FilterField | undefined {
  return FIELDS.get(name.toLowerCase());
}

/** The short names and what they stand for, for the reference page. */
export function filterAliases(): readonly FilterField[] {
  return ALIASES.map(([name, ...columns]) => ({ name, columns }));
}
