import {
  type ColumnName,
  type DerivedName,
  type Dimension,
  DURATION_LIMITS,
  PACKET_SIZE_LIMITS,
  type ValueName,
} from "@ngflow/flows";
import { sqlString } from "./sql-text.ts";
import { lookupSql } from "./lookup-sql.ts";

type Column = (name: ColumnName) => string;

/** A derived value as SQL; `column` qualifies a column, `bin` is the start of a bin in Unix milliseconds. */
type DerivedSql = (column: Column, bin: string) => string;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const ms: DerivedSql = (column) =>
  `toUInt64(greatest(toUnixTimestamp64Milli(${column("TimeEnd")}) - toUnixTimestamp64Milli(${column("TimeStart")}), 0))`;
/** A counter per duration; exact above 64 bits, and no rate where there is no duration. */
const rate = (counter: ColumnName, factor: number): DerivedSql => {
  return (column, bin) => {
    const duration = ms(column, bin);
    const exact = `toUInt128(${column(counter)}) * ${factor}`;
    return `if(${duration} = 0, 0, toUInt64(least(intDiv(${exact}, greatest(${duration}, 1)), ${2n ** 64n - 1n})))`;
  };
};
const perPacket: DerivedSql = (column) =>
  `if(${column("Packets")} = 0, 0, intDiv(${column("Bytes")}, greatest(${column("Packets")}, 1)))`;
const isFromServer: DerivedSql = (column) => {
  const [src, dst] = [column("SrcPort"), column("DstPort")];
  return `(${src} != 0 AND (${dst} = 0 OR ${src} < ${dst}))`;
};
const isForward: DerivedSql = (column) =>
  `((${column("SrcAddr")}, ${column("SrcPort")}) <= (${column("DstAddr")}, ${column("DstPort")}))`;
const choice = (condition: DerivedSql, yes: ColumnName, no: ColumnName): DerivedSql => {
  return (column, bin) => `if(${condition(column, bin)}, ${column(yes)}, ${column(no)})`;
};
const classOf = (value: DerivedSql, limits: readonly bigint[]): DerivedSql => {
  return (column, bin) => `toUInt8(${limits.map((limit) => `(${value(column, bin)} >= ${limit})`).join(" + ")})`;
};

/** The SQL of every derived value. */
const DERIVED_SQL: Readonly<Record<DerivedName, DerivedSql>> = {
  Duration: ms,
  BitRate: rate("Bytes", 8000),
  PacketRate: rate("Packets", 1000),
  PacketSize: perPacket,
  PacketSizeClass: classOf(perPacket, PACKET_SIZE_LIMITS),
  DurationClass: classOf(ms, DURATION_LIMITS),
  ServicePort: choice(isFromServer, "SrcPort", "DstPort"),
  ClientAddr: choice(isFromServer, "DstAddr", "SrcAddr"),
  ServerAddr: choice(isFromServer, "SrcAddr", "DstAddr"),
  Side: (column, bin) =>
    `multiIf(${column("SrcPort")} = 0 AND ${column("DstPort")} = 0, 0, ${isFromServer(column, bin)}, 2, 1)`,
  LowAddr: choice(isForward, "SrcAddr", "DstAddr"),
  HighAddr: choice(isForward, "DstAddr", "SrcAddr"),
  LowPort: choice(isForward, "SrcPort", "DstPort"),
  HighPort: choice(isForward, "DstPort", "SrcPort"),
  Way: isForward,
  Day: (_, bin) => `intDiv(${bin}, ${DAY}) * ${DAY}`,
  Hour: (_, bin) => `toUInt8(intDiv(${bin}, ${HOUR}) % 24)`,
  Weekday: (_, bin) => `toUInt8((intDiv(${bin}, ${DAY}) + 3) % 7 + 1)`,
};

type ZonedName = "Day" | "Hour" | "Weekday";

/** The values of a bin in a zone, of its start as a time there. */
const IN_ZONE: Readonly<Record<ZonedName, (time: string) => string>> = {
  Day: (time) => `toInt64(toUnixTimestamp(toStartOfDay(${time}))) * 1000`,
  Hour: (time) => `toUInt8(toHour(${time}))`,
  Weekday: (time) => `toUInt8(toDayOfWeek(${time}))`,
};

/** A port of a flow as a roll-up with `servicePorts` has it: 0 if it is not that of the service. */
export function servicePortSql(column: Column, name: ColumnName): string {
  const isFrom = isFromServer(column, "");
  return name === "SrcPort" ? `if(${isFrom}, ${column(name)}, 0)` : `if(${isFrom}, 0, ${column(name)})`;
}

/** What a query groups by, of a row of a table; with the bin that it is a property of. */
export function dimensionSql(table: string, { value, masks, lookup, zone }: Dimension, bin = "bin"): string {
  if (zone !== undefined) return IN_ZONE[value as ZonedName](`toDateTime(intDiv(${bin}, 1000), ${sqlString(zone)})`);
  if (lookup !== undefined) return lookupSql(table, lookup);
  const sql = valueSql(table, value, bin);
  if (masks === undefined) return sql;
  const network = (length: number): string => `IPv6CIDRToRange(${sql}, ${length}).1`;
  return `if(${sql} BETWEEN toIPv6('::ffff:0.0.0.0') AND toIPv6('::ffff:255.255.255.255'), ${network(masks.v4)}, ${network(masks.v6)})`;
}

/** A value of a row of a table. Values of a bin need `bin`. */
export function valueSql(table: string, name: ValueName, bin = "bin"): string {
  const column: Column = (column) => `${table}.${column}`;
  return name in DERIVED_SQL ? DERIVED_SQL[name as DerivedName](column, bin) : column(name as ColumnName);
}
