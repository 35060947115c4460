import type { ClusterStatus, CollectorStatus, StoreServer, StoreStatus } from "@ngflow/flows";
import type { StoreFindings, StoreRepair } from "@ngflow/store";
import { ageText, sizeText } from "../options/store-options.ts";
import { formatTable } from "../output/table.ts";

/** Removed days, damaged parts and the like that are listed. */
const LISTED = 10;

/** What is kept, the limits, and what was removed, as text that fits 80 columns. */
export function statusText(status: StoreStatus): string {
  const rows = status.tiers.map((tier) => ({
    tier: tier.name,
    kept: ageText(tier.keepDays),
    from: tier.from ?? "-",
    to: tier.to ?? "-",
    rows: tier.rows,
    size: sizeText(tier.bytes),
    "bytes/row": tier.bytesPerRow ?? "-",
  }));
  const table = formatTable(["tier", "kept", "from", "to", "rows", "size", "bytes/row"], rows, { human: false });
  const limit = (bytes: number): string => (bytes === 0 ? "no limit" : sizeText(bytes));
  const lines = [
    `addresses   ${status.addressDays === 0 ? "kept with their rows" : `kept ${ageText(status.addressDays)}`} (--keep-addresses)`,
    `size limit  ${limit(status.maxBytes)} (--keep-size)`,
    ...(status.server === null ? [] : serverLines(status.server)),
    ...collectorLines(status.collectors),
    `disk free   ${status.freeBytes === null ? "not known" : sizeText(status.freeBytes)}; limit ${limit(status.minFreeBytes)} (--min-free)`,
    ...waitingLines(status),
    `missing     ${status.rowsMissing} rows`,
    ...(status.rowsSetAside === 0 ? [] : [`damaged     ${status.rowsSetAside} rows of blocks (spool/damaged)`]),
    `removed     ${status.removed.length === 0 ? "nothing" : ""}`.trimEnd(),
    ...status.removed.slice(0, LISTED).map(({ tier, day, rows, rule, time }) => {
      const why = rule === "age" ? "older than its retention" : "over a size limit";
      return `  ${time.slice(0, 16)}Z  ${tier} of ${day}: ${rows} rows, ${why}`;
    }),
  ];
  return `${table}\n${lines.join("\n")}\n`;
}

/** What waits for the store, for how long, and what waited for too long. */
function waitingLines({
  rowsWaiting,
  waitingSeconds,
  spoolMaxAgeSeconds,
  rowsDroppedWaiting,
}: StoreStatus): readonly string[] {
  const since = waitingSeconds === null ? "" : `, the oldest for ${waitingSeconds} s`;
  const limit = spoolMaxAgeSeconds === 0 ? "no limit" : `${spoolMaxAgeSeconds} s`;
  return [
    `waiting     ${rowsWaiting} rows in the spool${since}`,
    `            limit ${limit} (--spool-max-age)`,
    ...(rowsDroppedWaiting === 0 ? [] : [`            ${rowsDroppedWaiting} rows were dropped that waited longer`]),
  ];
}

function serverLines({ url, version, lacks, cluster }: StoreServer): string[] {
  return [
    `server      ${url}`,
    `            ClickHouse ${version}`,
    ...lacks.map((text) => `            lacks: ${text}`),
    ...(cluster === null ? [] : clusterLines(cluster)),
  ];
}

/** The collectors of a database, and what each has. */
export function collectorsText(collectors: readonly CollectorStatus[]): string {
  if (collectors.length === 0) return "no collectors: the flows are not on a server\n";
  const rows = collectors.map(({ name, owner, seenSeconds, rows, bytes, from, to }) => ({
    collector: name === "" ? "(no name)" : name,
    owner: owner ?? "?",
    seen: `${seenSeconds} s ago`,
    flows: rows,
    size: sizeText(bytes),
    from: from ?? "-",
    to: to ?? "-",
  }));
  return formatTable(["collector", "owner", "seen", "flows", "size", "from", "to"], rows, { human: false });
}

/** The collectors of a database, if there are several. */
function collectorLines(collectors: readonly CollectorStatus[]): string[] {
  if (collectors.length < 2) return [];
  const rows = collectors.map(({ name, owner, seenSeconds, rowsWaiting, bytesWaiting, lagSeconds }) => ({
    collector: name === "" ? "(no name)" : name,
    owner: owner ?? "?",
    seen: `${seenSeconds} s ago`,
    waiting: rowsWaiting ?? "?",
    size: bytesWaiting === null ? "?" : sizeText(bytesWaiting),
    lag: lagSeconds === null ? "-" : `${lagSeconds} s`,
  }));
  const table = formatTable(["collector", "owner", "seen", "waiting", "size", "lag"], rows, { human: false });
  return [`collectors  ${collectors.length} write into the database`, ...indented(table)];
}

function indented(table: string): string[] {
  return table
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`);
}

function clusterLines({ name, shardBy, shards }: ClusterStatus): string[] {
  const known = (value: number | null): string | number => value ?? "?";
  const rows = shards.map(({ shard, rows, bytes, replicas, replicasActive, queue, delaySeconds }) => ({
    shard,
    rows: known(rows),
    size: bytes === null ? "?" : sizeText(bytes),
    replicas: `${known(replicasActive)} of ${replicas}`,
    queue: known(queue),
    behind: delaySeconds === null ? "?" : `${delaySeconds} s`,
  }));
  const table = formatTable(["shard", "rows", "size", "replicas", "queue", "behind"], rows, { human: false });
  const away = shards.some((shard) => shard.rows === null) ? ["  ? no replica of the shard answers"] : [];
  return [`cluster     ${name}, flows divided by ${shardBy}`, ...indented(table), ...away];
}

/** What is wrong with a store, a line each. */
export function findingsText({ missing, damaged, detached }: StoreFindings): string {
  const lines = [
    ...missing.map(({ day, rows }) => `missing   ${rows} rows received on ${day}`),
    ...damaged.map(({ part, reason }) => `damaged   ${part}: ${reason}`),
    ...detached.map(({ part, reason }) => `detached  ${part}${reason === "" ? "" : `: ${reason}`}`),
  ];
  if (lines.length === 0) return "every stored row is there and can be read\n";
  const more = lines.length > LISTED ? [`… ${lines.length - LISTED} more; --json lists all`] : [];
  return `${[...lines.slice(0, LISTED), ...more].join("\n")}\n`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

export function repairText(repair: StoreRepair): string {
  const { partsAttached, blocksTakenBack } = repair;
  return `taken back: ${counted(partsAttached.length, "part")}, ${counted(blocksTakenBack, "block")}\n${findingsText(repair)}`;
}
