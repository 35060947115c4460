import { formatIpv6 } from "@ngflow/base";
import {
  type ApplicationKeys,
  BORDER_TEXTS,
  type BorderKeys,
  type NameKeys,
  type NameLookup,
  PROTOCOLS_WITH_PORTS,
  SERIES,
  type TableKeys,
  TIME_BITS,
} from "@ngflow/flows";
import { ms } from "./spread.ts";

const NONE = "toUInt32(0)";

/**
 * The number of a flow's name, 0 for none, as an expression on a row of a table. Keys and numbers are lists of digits
 * in one literal each, which becomes an array once per query, so that ten thousands of them are no nodes to analyse.
 */
export function lookupSql(table: string, lookup: NameLookup): string {
  if (lookup.table !== undefined) return tableSql(table, lookup.table);
  if (lookup.application !== undefined) return applicationSql(table, lookup.application);
  if (lookup.border !== undefined) return borderSql(table, lookup.border);
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

/** The direction at the border; a side is 1 inside, 2 outside, 0 unknown. */
function borderSql(table: string, keys: BorderKeys): string {
  const side = (lookup: NameLookup, own: string, other: string): string => {
    const [inside, outside] = ["internal", "external"].map((text) => lookup.texts.indexOf(text));
    const address = keys.outside === null ? "0" : addressSide(`${table}.${own}`, `${table}.${other}`, keys.outside);
    if (lookup.texts.length < 2) return address;
    return `transform(${lookupSql(table, lookup)}, [toUInt32(${inside}), toUInt32(${outside})], [1, 2], ${address})`;
  };
  const from = side(keys.in, "SrcNetId", "DstNetId");
  const to = side(keys.out, "DstNetId", "SrcNetId");
  const names = { 0: "", 12: "out", 21: "in", 11: "internal", 22: "transit" } as const;
  const number = (text: (typeof BORDER_TEXTS)[number]): string => `toUInt32(${BORDER_TEXTS.indexOf(text)})`;
  const sides = Object.keys(names).join(", ");
  const texts = Object.values(names).map(number).join(", ");
  return `transform(toUInt8(${from} * 10 + ${to}), [${sides}], [${texts}], ${NONE})`;
}

/** The application: what the exporter calls it, else the service of the lower port or the other, else the protocol. */
function applicationSql(table: string, keys: ApplicationKeys): string {
  const { learned, learnedNumbers, ports, portNumbers, protocols, protocolNumbers } = keys;
  const protocol = `transform(toUInt32(${table}.Proto), ${numbers(protocols)}, ${numbers(protocolNumbers)}, ${NONE})`;
  const ends = [`${table}.SrcPort`, `${table}.DstPort`] as const;
  const ofPort = (port: string, otherwise: string): string =>
    `transform(toUInt32(${port}), ${numbers(ports)}, ${numbers(portNumbers)}, ${otherwise})`;
  // Zero is no port, and no service has it.
  const service = ofPort(`least(${ends.join(", ")})`, ofPort(`greatest(${ends.join(", ")})`, protocol));
  const known = `if(${table}.Proto IN (${PROTOCOLS_WITH_PORTS.join(", ")}), ${service}, ${protocol})`;
  if (learned.texts.length < 2) return known;
  const own = `transform(${lookupSql(table, learned)}, ${numbers(learnedNumbers.map((_, i) => i))}, ${numbers(learnedNumbers)}, ${NONE})`;
  return `if(${own} != 0, ${own}, ${known})`;
}

/** The side that an address is on by its network and that of the other address. */
function addressSide(own: string, other: string, outside: readonly number[]): string {
  const isOutside = outside.length === 0 ? "0" : `${own} IN (${outside.join(", ")})`;
  return `multiIf(${own} != 0, if(${isOutside}, 2, 1), ${other} != 0, 2, 0)`;
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
