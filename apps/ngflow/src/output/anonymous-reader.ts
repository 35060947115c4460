import { formatIp, isMappedIpv4, parseIp } from "@ngflow/base";
import type { CryptoPan } from "@ngflow/collector";
import { dimensionByName, type FlowReader, namedByName, valueByName, type ValueName } from "@ngflow/flows";
import type { Cell } from "./format.ts";

/** What stands for a name or a MAC address that is not shown. */
const HIDDEN = "hidden";

type Change = (cell: Cell) => Cell;

const keep: Change = (cell) => cell;
const hide: Change = (cell) => (cell === null || cell === "" ? cell : HIDDEN);

/** The same answers with other addresses: equal ones stay equal, and prefixes in common stay in common. */
export function anonymousReader(reader: FlowReader, pan: CryptoPan): FlowReader {
  const changed = <Row extends Readonly<Record<string, Cell>>>(rows: readonly Row[]): Row[] => {
    const changes = Object.keys(rows[0] ?? {}).map((column) => [column, changeOf(column, pan)] as const).filter(([, each]) => each !== keep);
    return rows.map((row) => ({ ...row, ...Object.fromEntries(changes.map(([column, each]) => [column, each(row[column] ?? null)])) }));
  };
  return {
    async query(spec, options) {
      const answer = await reader.query(spec, options);
      return { ...answer, rows: changed(answer.rows) };
    },
    async flows(spec, options) {
      const answer = await reader.flows(spec, options);
      return { ...answer, rows: changed(answer.rows) };
    },
    ...(reader.cost && { cost: (spec, options) => reader.cost!(spec, options) }),
    ...(reader.flowsCost && { flowsCost: (spec, options) => reader.flowsCost!(spec, options) }),
  };
}

/** Addresses change, numbers and times stay, and what else says who it was is hidden. */
function changeOf(column: string, pan: CryptoPan): Change {
  const dimension = dimensionByName(column);
  const value = typeof dimension === "string" ? (column as ValueName) : dimension.value;
  if (namedByName(value) !== undefined) return hide;
  const facts = valueByName(value) as ReturnType<typeof valueByName> | undefined;
  if (facts === undefined) return keep;
  if (facts.kind === "mac") return hide;
  if (facts.kind === "map") return () => ({});
  if (facts.kind !== "ip") return keep;
  const masks = typeof dimension === "string" ? undefined : dimension.masks;
  return (cell) => (typeof cell === "string" ? anonymousAddress(cell, pan, masks) : cell);
}

/** An address, or a prefix whose other bits are zero, as `CryptoPan` changes it. */
function anonymousAddress(text: string, pan: CryptoPan, masks?: { readonly v4: number; readonly v6: number }): string {
  const bytes = parseIp(text);
  if (bytes === undefined) return HIDDEN;
  const isV4 = isMappedIpv4(bytes);
  if (isV4) pan.ipv4(bytes, 12);
  else pan.ipv6(bytes, 0);
  if (masks !== undefined) clearBehind(bytes, isV4 ? masks.v4 : masks.v6);
  return formatIp(bytes);
}

function clearBehind(bytes: Uint8Array, bits: number): void {
  for (let i = 0; i < bytes.length; i++) {
    const kept = Math.max(0, Math.min(8, bits - 8 * i));
    bytes[i]! &= (0xff00 >>> kept) & 0xff;
  }
}
