import { formatIpv6 } from "@ngflow/base";
import { type NameKeys, type NameLookup, SERIES, type TableKeys, TIME_BITS } from "@ngflow/flows";
import { ms } from "./spread.ts";

const NONE = "toUInt32(0)";

/**
 * The number of a flow's name, 0 for none, as an expression on a row of a table. Keys and numbers are lists of digits
 * in one literal each, which becomes an array once per query, so that ten thousands of them are no nodes to analyse.
 */
export function lookupSql(table: string, lookup: NameLookup): string {
  if (lookup.table !== undefined) return tableSql(table, lookup.table);
  const { exporters, domains, number, ofExporters, ofDomains, starts } = lookup;
  if (exporters.length === 0) return NONE;
  const addresses = `arrayMap(x -> toIPv6(x), splitByChar(' ', '${exporters.map((bytes) => formatIpv6(bytes)).join(" ")}'))`;
  const exporter = `transform(${table}.ExporterAddr, ${addresses}, ${numbers(exporters.map((_, i) => i + 1))}, toUInt32(0))`;
  const numbered = number === null ? "0" : `${table}.${number}`;
  const at = (value: string): string => (starts.length === 0 ? value : inSeries(table, value, lookup));
  const whole = at(valueOf(exporter, numbered, ofExporters));
  if (domains.length === 0) return whole;

  const keys = domains.map(({ exporter, domain }) => (BigInt(exporter) << 32n) | BigInt(domain));
  const domain = valueOf(exporter, `${table}.Domain`, { keys, values: keys.map((_, i) => i + 1) });
  const own = at(valueOf(domain, numbered, ofDomains));
  return `if(${own} != 0, ${own}, ${whole})`;
}

/** The number of a name that one column identifies. */
function tableSql(table: string, { column, addresses, values, prefixes }: TableKeys): string {
  const value = `${table}.${column}`;
  if (addresses.length > 0) {
    const known = `arrayMap(x -> toIPv6(x), splitByChar(' ', '${addresses.map((bytes) => formatIpv6(bytes)).join(" ")}'))`;
    return `transform(${value}, ${known}, ${numbers(values)}, toUInt32(0))`;
  }
  const found = prefixes
    .filter(({ keys }) => keys.length > 0)
    .map(({ divisor, keys, values }) => {
      const number = divisor === 1 ? `toUInt64(${value})` : `intDiv(toUInt64(${value}), ${divisor})`;
      return `transform(${number}, ${wide(keys)}, ${numbers(values)}, toUInt32(0))`;
    });
  return found.reduceRight((rest, each) => (rest === NONE ? each : `if(${each} != 0, ${each}, ${rest})`), NONE);
}

/** The name that a value stands for, which is that of the time received where it is a series. */
function inSeries(table: string, value: string, { starts, startValues }: NameLookup): string {
  const at = `bitOr(bitShiftLeft(toUInt64(${value} - ${SERIES}), ${TIME_BITS}), toUInt64(${ms(`${table}.TimeReceived`)}))`;
  const start = `roundDown(${at}, ${wide(starts)})`;
  return `if(${value} >= ${SERIES}, transform(${start}, ${wide(starts)}, ${numbers(startValues)}, toUInt32(0)), ${value})`;
}

function valueOf(owner: string, number: string, { keys, values }: NameKeys): string {
  if (keys.length === 0) return NONE;
  return `transform(bitOr(bitShiftLeft(toUInt64(${owner}), 32), toUInt64(${number})), ${wide(keys)}, ${numbers(values)}, toUInt32(0))`;
}

function wide(values: readonly (bigint | number)[]): string {
  return `arrayMap(x -> toUInt64(x), splitByChar(' ', '${values.join(" ")}'))`;
}

function numbers(values: readonly number[]): string {
  return `arrayMap(x -> toUInt32(x), splitByChar(' ', '${values.join(" ")}'))`;
}
