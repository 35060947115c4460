import type { ColumnKind, Show, ValueNames } from "../column.ts";
import type { ColumnName } from "../columns.ts";

/** What a derived value is computed from: the values of a flow's columns; addresses are 16 bytes as a number. */
export type ColumnReader = (column: ColumnName) => bigint;

/** A value that is computed from columns of a flow, or from the bin of time that a part of it is in. */
export interface DerivedValue {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly label: string;
  /** Columns that it is computed from. */
  readonly needs: readonly ColumnName[];
  /** Short names in the filter language, lower case. */
  readonly aliases?: readonly string[];
  readonly names?: ValueNames;
  readonly show?: Show;
  /** A number of milliseconds, which a filter also takes as `60s` or `1m30s`. */
  readonly unit?: "ms";
  /**
   * Milliseconds of the bins that it is a property of. Bytes and packets are spread over such bins first, so each part
   * of a flow is in the hour in which it passed. Only queries group by it.
   */
  readonly binMs?: number;
  /** The definition. Tests compare it with what a database computes. `binMs`: start of the bin, Unix milliseconds. */
  readonly of: (column: ColumnReader, binMs: bigint) => bigint;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const duration = (column: ColumnReader): bigint => {
  const ms = column("TimeEnd") - column("TimeStart");
  return ms > 0n ? ms : 0n;
};
const perPacket = (column: ColumnReader): bigint => {
  const packets = column("Packets");
  return packets === 0n ? 0n : column("Bytes") / packets;
};
/** The source is the server: it has the lower port, or the only one. */
const isFromServer = (column: ColumnReader): boolean => {
  const [src, dst] = [column("SrcPort"), column("DstPort")];
  return src !== 0n && (dst === 0n || src < dst);
};
/** The source is the lower end of the pair: by address, then by port. */
const isForward = (column: ColumnReader): boolean => {
  const [src, dst] = [column("SrcAddr"), column("DstAddr")];
  return src < dst || (src === dst && column("SrcPort") <= column("DstPort"));
};
/** Number of the first class whose limit the value is below; the last class has no limit. */
const classOf = (value: bigint, limits: readonly bigint[]): bigint => {
  const found = limits.findIndex((limit) => value < limit);
  return BigInt(found < 0 ? limits.length : found);
};

const ENDS = ["SrcAddr", "DstAddr", "SrcPort", "DstPort"] as const;
const LIFE = ["TimeStart", "TimeEnd"] as const;

/** Bytes per packet: a class ends below its limit. */
export const PACKET_SIZE_LIMITS = [1n, 64n, 128n, 256n, 512n, 1024n, 1519n] as const;
/** Milliseconds: a class ends below its limit. */
export const DURATION_LIMITS = [1n, 1000n, 10_000n, 60_000n, 300_000n, 1_800_000n] as const;

/** Every derived value. A new row also needs its SQL in the store. */
export const DERIVED = [
  { name: "Duration", kind: "u64", label: "Duration", needs: LIFE, unit: "ms", of: duration },
  {
    name: "BitRate",
    kind: "u64",
    label: "Bits per second of the flow",
    needs: [...LIFE, "Bytes"],
    aliases: ["bps"],
    of: (column) => (duration(column) === 0n ? 0n : (column("Bytes") * 8000n) / duration(column)),
  },
  {
    name: "PacketRate",
    kind: "u64",
    label: "Packets per second of the flow",
    needs: [...LIFE, "Packets"],
    aliases: ["pps"],
    of: (column) => (duration(column) === 0n ? 0n : (column("Packets") * 1000n) / duration(column)),
  },
  {
    name: "PacketSize",
    kind: "u64",
    label: "Bytes per packet",
    needs: ["Bytes", "Packets"],
    aliases: ["bpp"],
    of: perPacket,
  },
  {
    name: "PacketSizeClass",
    kind: "u8",
    label: "Packet size",
    needs: ["Bytes", "Packets"],
    names: {
      what: "packet size class",
      byValue: {
        0: "none",
        1: "1-63",
        2: "64-127",
        3: "128-255",
        4: "256-511",
        5: "512-1023",
        6: "1024-1518",
        7: "over-1518",
      },
    },
    of: (column) => classOf(perPacket(column), PACKET_SIZE_LIMITS),
  },
  {
    name: "DurationClass",
    kind: "u8",
    label: "Duration class",
    needs: LIFE,
    names: {
      what: "duration class",
      byValue: { 0: "none", 1: "under-1s", 2: "1s-10s", 3: "10s-1m", 4: "1m-5m", 5: "5m-30m", 6: "over-30m" },
    },
    of: (column) => classOf(duration(column), DURATION_LIMITS),
  },
  {
    name: "ServicePort",
    kind: "u16",
    label: "Service port",
    needs: ["SrcPort", "DstPort"],
    show: { as: "port" },
    of: (column) => column(isFromServer(column) ? "SrcPort" : "DstPort"),
  },
  {
    name: "ClientAddr",
    kind: "ip",
    label: "Client",
    needs: ENDS,
    of: (column) => column(isFromServer(column) ? "DstAddr" : "SrcAddr"),
  },
  {
    name: "ServerAddr",
    kind: "ip",
    label: "Server",
    needs: ENDS,
    of: (column) => column(isFromServer(column) ? "SrcAddr" : "DstAddr"),
  },
  {
    name: "Side",
    kind: "u8",
    label: "Sent by",
    needs: ["SrcPort", "DstPort"],
    names: { what: "side", byValue: { 0: "unknown", 1: "client", 2: "server" } },
    of: (column) => (column("SrcPort") === 0n && column("DstPort") === 0n ? 0n : isFromServer(column) ? 2n : 1n),
  },
  {
    name: "LowAddr",
    kind: "ip",
    label: "Host of a pair, lower address",
    needs: ENDS,
    of: (column) => column(isForward(column) ? "SrcAddr" : "DstAddr"),
  },
  {
    name: "HighAddr",
    kind: "ip",
    label: "Host of a pair, higher address",
    needs: ENDS,
    of: (column) => column(isForward(column) ? "DstAddr" : "SrcAddr"),
  },
  {
    name: "LowPort",
    kind: "u16",
    label: "Port of the lower address",
    needs: ENDS,
    show: { as: "port" },
    of: (column) => column(isForward(column) ? "SrcPort" : "DstPort"),
  },
  {
    name: "HighPort",
    kind: "u16",
    label: "Port of the higher address",
    needs: ENDS,
    show: { as: "port" },
    of: (column) => column(isForward(column) ? "DstPort" : "SrcPort"),
  },
  {
    name: "Way",
    kind: "u8",
    label: "Way between a pair",
    needs: ENDS,
    names: { what: "way", byValue: { 0: "from-high", 1: "from-low" } },
    of: (column) => (isForward(column) ? 1n : 0n),
  },
  { name: "Day", kind: "ms", label: "Day (UTC)", needs: [], binMs: DAY, of: (_, bin) => bin - (bin % BigInt(DAY)) },
  {
    name: "Hour",
    kind: "u8",
    label: "Hour of the day (UTC)",
    needs: [],
    binMs: HOUR,
    of: (_, bin) => (bin / BigInt(HOUR)) % 24n,
  },
  {
    name: "Weekday",
    kind: "u8",
    label: "Day of the week (UTC)",
    needs: [],
    binMs: DAY,
    // 1970-01-01 was a Thursday; ISO 8601 counts from Monday, 1.
    names: { what: "weekday", byValue: { 1: "mon", 2: "tue", 3: "wed", 4: "thu", 5: "fri", 6: "sat", 7: "sun" } },
    of: (_, bin) => ((bin / BigInt(DAY) + 3n) % 7n) + 1n,
  },
] as const satisfies readonly DerivedValue[];

/** The name of a column that is computed from stored ones. */
export type DerivedName = (typeof DERIVED)[number]["name"];

const BY_NAME: ReadonlyMap<string, DerivedValue> = new Map(
  DERIVED.map((row): [string, DerivedValue] => [row.name, row]),
);

/** The row of a derived value; undefined for a name that is not one. */
export function derivedByName(name: string): DerivedValue | undefined {
  return BY_NAME.get(name);
}
