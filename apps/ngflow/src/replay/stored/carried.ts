import { type ColumnName, COLUMNS, type FlowColumn } from "@ngflow/flows";
import { elementByName, type TemplateField } from "@ngflow/wire/encode";

/** Bytes of a value on the wire by the kind of its column; addresses have four or sixteen. */
const WIRE_BYTES: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, u64: 8, ms: 8, mac: 6, ip: 16 };

/** Label, experimental bits and bottom of stack (RFC 3032 section 2.1). */
const MPLS_SECTION = "mplsTopLabelStackSection";
const MPLS_BYTES = 3;

/** The family of an address; 0 for none. */
export type Family = 0 | 4 | 6;

/** A column that flow records can carry. */
export interface CarriedColumn {
  readonly name: ColumnName;
  readonly kind: FlowColumn["kind"];
  readonly isLabel: boolean;
  /** Its field in records of a family; undefined where the family has none. */
  readonly field: (family: Family) => TemplateField | undefined;
  /** Numbers of the names that answers show. */
  readonly numbers: ReadonlyMap<string, number>;
}

/**
 * The columns that IPFIX and NetFlow v9 have an element for. Of the others, most say how a flow came to the collector,
 * and the one that receives it sets them itself; `DropReason` is a field of sFlow only.
 */
export const CARRIED: readonly CarriedColumn[] = COLUMNS.flatMap((column: FlowColumn) => {
  const { name, kind, elements, names } = column;
  const bytes = WIRE_BYTES[kind];
  if (bytes === undefined || !elements.some((each) => elementByName(each) !== undefined)) return [];
  const isLabel = elements[0] === MPLS_SECTION;
  const isAddress = kind === "ip";
  const field = (family: Family): TemplateField | undefined => {
    const other = family === 6 ? "IPv4" : "IPv6";
    const element = elementByName(elements.find((each) => !each.includes(other) || each === "flowLabelIPv6") ?? "");
    if (element === undefined || (isAddress && family === 0)) return undefined;
    const length = isLabel ? MPLS_BYTES : isAddress && family === 4 ? 4 : bytes;
    return { element: element.id, length };
  };
  const numbers = new Map(Object.entries(names?.byValue ?? {}).map(([number, text]) => [text, Number(number)]));
  return [{ name: name as ColumnName, kind, isLabel, field, numbers }];
});
