import { type ColumnName, COLUMNS } from "../columns.ts";
import type { Tier, Tiers } from "./tier.ts";
import { hasColumn, SERVICE_PORTS } from "./tier-values.ts";

/** Days that flows are kept by default. */
export const RETENTION_DAYS = 30;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const ALL: readonly ColumnName[] = COLUMNS.map((column): ColumnName => column.name);
const COUNTERS = ["Bytes", "Packets"] as const;
/** Few values each: these roll-ups stay small whatever the traffic is. */
const TRAFFIC = ["ExporterAddr", "IpVersion", "Proto", "Tos", "InIf", "OutIf", "Direction", ...COUNTERS] as const;
/** One side of the hosts each: pairs of hosts would be nearly as many rows as flows. */
const SOURCES = ["SrcAddr", ...COUNTERS] as const;
const DESTINATIONS = ["DstAddr", ...COUNTERS] as const;
/** Ports of clients are any number: only those of services are few. */
const SERVICES = ["Proto", "SrcPort", "DstPort", ...COUNTERS] as const;
/** Of a network with customers, one of both is nearly always its own or that of a customer. */
const SYSTEMS = ["SrcAS", "DstAS", ...COUNTERS] as const;

/**
 * Every tier. A store that an older release made has what is received after it got a tier that was added; flows answer
 * for the time before. Of two with the same resolution that can answer, the first does.
 */
export const TIERS = [
  { name: "flows", table: "flows", resolutionMs: null, columns: ALL, retentionDays: RETENTION_DAYS },
  { name: "long", table: "flows_long", resolutionMs: null, columns: ALL, retentionDays: 1825 },
  { name: "1m", table: "flows_1m", resolutionMs: MINUTE_MS, columns: TRAFFIC, retentionDays: 90 },
  { name: "1h", table: "flows_1h", resolutionMs: HOUR_MS, columns: TRAFFIC, retentionDays: 730, from: "1m" },
  { name: "1h-src", table: "flows_1h_src", resolutionMs: HOUR_MS, columns: SOURCES, retentionDays: 730 },
  { name: "1h-dst", table: "flows_1h_dst", resolutionMs: HOUR_MS, columns: DESTINATIONS, retentionDays: 730 },
  {
    name: "1h-service",
    table: "flows_1h_service",
    resolutionMs: HOUR_MS,
    columns: SERVICES,
    servicePorts: true,
    retentionDays: 730,
  },
  { name: "1h-as", table: "flows_1h_as", resolutionMs: HOUR_MS, columns: SYSTEMS, retentionDays: 730 },
  { name: "1d", table: "flows_1d", resolutionMs: DAY_MS, columns: TRAFFIC, retentionDays: 1825, from: "1m" },
] as const satisfies Tiers;

/** The roll-ups of some tiers. */
export function rollUpsOf<T extends Tier>(tiers: Tiers<T>): readonly T[] {
  return tiers.filter(({ resolutionMs }) => resolutionMs !== null);
}

/** The copies of flows that last too long for roll-ups; undefined if there are no roll-ups. */
export function longOf<T extends Tier>([, ...others]: Tiers<T>): T | undefined {
  return others.find(({ resolutionMs }) => resolutionMs === null);
}

/** Columns with addresses of the devices that observe, not of those that communicate. */
const OF_DEVICES: ReadonlySet<ColumnName> = new Set(["ExporterAddr", "OriginalExporter"]);
/** Columns that say which hosts communicate, or may: Extra has whatever an exporter sent. */
const OF_HOSTS: ReadonlySet<ColumnName> = new Set(
  COLUMNS.filter(({ name, kind }) => ["ip", "mac", "map"].includes(kind) && !OF_DEVICES.has(name)).map(
    ({ name }): ColumnName => name,
  ),
);
/** What a copy of a flow needs besides the dimensions of a roll-up to count in it. */
const TO_COUNT: readonly ColumnName[] = ["TimeReceived", "TimeStart", "TimeEnd", "SamplingRate"];

/** Whether rows of a tier say which hosts communicate. */
export function hasAddresses({ columns }: Tier): boolean {
  return columns.some((column) => OF_HOSTS.has(column));
}

/** Whether values of a column say which hosts communicate. */
export function isOfHosts(column: ColumnName): boolean {
  return OF_HOSTS.has(column);
}

/**
 * Columns of the copies of long flows that are emptied when addresses are removed: all but what the roll-ups without
 * addresses need of them.
 */
export function emptiedColumns(tiers: Tiers): readonly ColumnName[] {
  const without = rollUpsOf(tiers).filter((tier) => !hasAddresses(tier));
  const needed = new Set([...TO_COUNT, ...without.flatMap(({ columns }) => columns)]);
  return longOf(tiers)?.columns.filter((column) => !needed.has(column)) ?? [];
}

/** Of the others, the ports that become 0 then where they are not those of the service. */
export function reducedPorts(tiers: Tiers): readonly ColumnName[] {
  const without = rollUpsOf(tiers).filter((tier) => !hasAddresses(tier));
  return SERVICE_PORTS.filter((port) => {
    return !without.some((tier) => hasColumn(tier, port)) && !emptiedColumns(tiers).includes(port);
  });
}
