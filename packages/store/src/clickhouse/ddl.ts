import { type ColumnKind, type ColumnName, COLUMNS, NATIVE_TYPES, type Tier } from "@ngflow/flows";
import { engineOf, localTable, onCluster } from "./cluster.ts";
import type { ServerFacts } from "./capabilities.ts";

/**
 * Additional column: the id of the block file that a row came from. Before an insert that may have happened already,
 * the table is checked for rows of its block.
 */
export const BLOCK_COLUMN = "Block";
/** Additional columns of a roll-up: how many flows ended in the bin, */
export const FLOWS_COLUMN = "Flows";
/** the day on which they were received, */
export const RECEIVED_COLUMN = "Received";
/** and the number of the step that made the row, of merged rows the last. */
export const STEP_COLUMN = "Step";
/**
 * In a cluster also the number of the first: which rows a state has cannot be told from the parts of several shards.
 */
export const FIRST_COLUMN = "First";

const CODECS: Readonly<Record<ColumnKind, string>> = {
  u8: "ZSTD(1)",
  u16: "ZSTD(1)",
  u32: "ZSTD(1)",
  u64: "T64, ZSTD(1)",
  ms: "ZSTD(1)",
  ip: "ZSTD(1)",
  mac: "ZSTD(1)",
  map: "ZSTD(1)",
};

/**
 * Times of flows differ in their low bits only: T64 leaves the high ones out, and both codecs are read four times as
 * fast as ZSTD. What repeats in the rest, such as times in whole seconds, LZ4HC finds and LZ4 does not. The time
 * received is in order, for which ZSTD is better.
 */
const CODECS_BY_NAME: Partial<Readonly<Record<ColumnName, string>>> = {
  TimeStart: "T64, LZ4HC(3)",
  TimeEnd: "T64, LZ4HC(3)",
};

function codecOf(name: ColumnName, kind: ColumnKind): string {
  return `CODEC(${CODECS_BY_NAME[name] ?? CODECS[kind]})`;
}

/** Every column of a tier's table with its definition, by name. */
export function columnDefinitions(tier: Tier): ReadonlyMap<string, string> {
  const definitions = new Map<string, string>();
  for (const { name, kind } of COLUMNS) {
    if (!tier.columns.includes(name)) continue;
    definitions.set(name, `${name} ${NATIVE_TYPES[kind]} ${codecOf(name, kind)}`);
  }
  return definitions.set(BLOCK_COLUMN, `${BLOCK_COLUMN} UInt64 CODEC(ZSTD(1))`);
}

/** Dimensions of a roll-up. */
export function dimensionsOf({ columns }: Tier): readonly ColumnName[] {
  return COLUMNS.filter(({ name, role }) => columns.includes(name) && role !== "counter").map(({ name }) => name);
}

/** Columns of a roll-up's table. Sums have 128 bits, so that the sum of the largest counters is right. */
function rollUpDefinitions(tier: Tier, sum: (type: string) => string): string[] {
  return [
    `${RECEIVED_COLUMN} Date`,
    `TimeStart ${NATIVE_TYPES.ms} CODEC(${CODECS.ms})`,
    ...COLUMNS.filter(({ name }) => dimensionsOf(tier).includes(name)).map(
      ({ name, kind }) => `${name} ${NATIVE_TYPES[kind]} CODEC(ZSTD(1))`,
    ),
    `Bytes ${sum("UInt128")} CODEC(ZSTD(1))`,
    `Packets ${sum("UInt128")} CODEC(ZSTD(1))`,
    `${FLOWS_COLUMN} ${sum("UInt64")} CODEC(ZSTD(1))`,
  ];
}

/**
 * The table of a roll-up. Rows with the same bin and dimensions are summed when parts are merged. It has one partition
 * per day received, as that of the flows, so that a day can be made again.
 */
export function createRollUp(tier: Tier, facts?: ServerFacts): string {
  const definitions = [
    ...rollUpDefinitions(tier, (type) => `SimpleAggregateFunction(sum, ${type})`),
    `${STEP_COLUMN} SimpleAggregateFunction(max, UInt64) CODEC(ZSTD(1))`,
    ...(facts?.cluster === undefined ? [] : [`${FIRST_COLUMN} SimpleAggregateFunction(min, UInt64) CODEC(ZSTD(1))`]),
  ];
  const local = localTable(facts, tier.table);
  return (
    `CREATE TABLE IF NOT EXISTS ${local}${onCluster(facts)} (${definitions.join(", ")})` +
    ` ENGINE = ${engineOf(facts, "AggregatingMergeTree", local)}` +
    ` PARTITION BY ${RECEIVED_COLUMN} ORDER BY (TimeStart, ${dimensionsOf(tier).join(", ")})` +
    ` SETTINGS ${tableSettings(facts).join(", ")}`
  );
}

/** The table in which a step collects the rows of a roll-up, before it adds them. It is not synced. */
export function createNext(tier: Tier): string {
  const definitions = rollUpDefinitions(tier, (type) => type);
  return `CREATE TABLE ${nextOf(tier)} (${definitions.join(", ")}) ENGINE = MergeTree ORDER BY tuple()`;
}

/** Name of that table. */
export function nextOf({ table }: Tier): string {
  return `next_${table}`;
}

/**
 * Indexes of a table of flows, by name: the ends of the rows of a time range, and filters that tell in which rows a
 * host cannot be. A filter of a hundredth of errors takes ten bits for each host of 8,192 rows.
 */
const INDEXES: ReadonlyMap<string, string> = new Map([
  ["start", "TimeStart TYPE minmax GRANULARITY 1"],
  ["end", "TimeEnd TYPE minmax GRANULARITY 1"],
  ["source", "SrcAddr TYPE bloom_filter(0.01) GRANULARITY 1"],
  ["destination", "DstAddr TYPE bloom_filter(0.01) GRANULARITY 1"],
]);

/** Adds the indexes that the table of an older release lacks; parts have them from their next merge on. */
export function addIndexes(tier: Tier, present: ReadonlySet<string>, facts?: ServerFacts): string[] {
  return Array.from(INDEXES)
    .filter(([name]) => !present.has(name))
    .map(([name, definition]) => `${alterTable(tier, facts)} ADD INDEX IF NOT EXISTS ${name} ${definition}`);
}

/**
 * The table of a tier. It has one partition per day received, so that whole days can be dropped. It is ordered by the
 * time received, so that reading the newest rows is fast. Parts are synced to disk before an insert returns, because
 * the block file is deleted after it.
 */
export function createTable(tier: Tier, facts?: ServerFacts): string {
  const local = localTable(facts, tier.table);
  const hasTokens = facts?.cluster === undefined && facts?.has.has("tokens");
  return [
    `CREATE TABLE IF NOT EXISTS ${local}${onCluster(facts)} (`,
    [
      ...columnDefinitions(tier).values(),
      ...Array.from(INDEXES, ([name, definition]) => `INDEX ${name} ${definition}`),
    ].join(",\n"),
    `) ENGINE = ${engineOf(facts, "MergeTree", local)} PARTITION BY toDate(TimeReceived) ORDER BY TimeReceived`,
    `SETTINGS ${[...tableSettings(facts), ...(hasTokens ? [TOKENS] : [])].join(", ")}`,
  ].join("\n");
}

/** Parts of at most so many bytes, uncompressed, have one file for all columns: a block fits. */
const COMPACT_PART = `min_bytes_for_wide_part = ${128 * 2 ** 20}`;

/** How many blocks a server knows by their tokens. */
const TOKENS = "non_replicated_deduplication_window = 1000";

const SYNC_SETTINGS = [
  "fsync_after_insert = 1",
  "fsync_part_directory = 1",
  "min_rows_to_fsync_after_merge = 1",
  // Merged parts are synced, so the parts they replace need not be kept for the default eight minutes.
  "old_parts_lifetime = 10",
];

/** A cluster knows the tokens of a week, also of steps. */
const CLUSTER_TOKENS = ["replicated_deduplication_window = 10000", "replicated_deduplication_window_seconds = 604800"];

function tableSettings(facts: ServerFacts | undefined): string[] {
  // Otherwise an insert creates and syncs two files for each column.
  const sync = facts === undefined || facts.has.has("sync") ? SYNC_SETTINGS : [];
  const policy = facts?.policy === undefined ? [] : [policySetting(facts.policy)];
  return [COMPACT_PART, ...sync, ...(facts?.cluster === undefined ? [] : CLUSTER_TOKENS), ...policy];
}

function policySetting(policy: string): string {
  return `storage_policy = '${policy}'`;
}

/**
 * Gives a table the storage policy that it is to have; undefined if it has it. The new one has the disks of the old.
 */
export function changePolicy(tier: Tier, definition: string, facts?: ServerFacts): string | undefined {
  const { policy } = facts ?? {};
  if (policy === undefined || definition.includes(policySetting(policy))) return undefined;
  return `${alterTable(tier, facts)} MODIFY SETTING ${policySetting(policy)}`;
}

/** Adds a column that an older release did not have; it is zero in old rows. */
export function addColumn(tier: Tier, definition: string, facts?: ServerFacts): string[] {
  const add = `ADD COLUMN IF NOT EXISTS ${definition}`;
  const local = `${alterTable(tier, facts)} ${add}`;
  if (facts?.cluster === undefined) return [local];
  return [local, `ALTER TABLE ${tier.table}${onCluster(facts)} ${add.replace(/ CODEC\(.*$/, "")}`];
}

function alterTable({ table }: Tier, facts: ServerFacts | undefined): string {
  return `ALTER TABLE ${localTable(facts, table)}${onCluster(facts)}`;
}

/** Changes how a column is compressed in new parts; undefined if the table has the codec, as the database names it. */
export function changeCodec(tier: Tier, name: string, codec: string, facts?: ServerFacts): string | undefined {
  const column = COLUMNS.find((column) => column.name === name);
  if (column === undefined || codec === codecOf(column.name, column.kind)) return undefined;
  return `${alterTable(tier, facts)} MODIFY COLUMN ${name} ${codecOf(column.name, column.kind)}`;
}

/** Sets what the table of an older release does not have; undefined if it has it. */
export function addSettings(tier: Tier, definition: string, facts?: ServerFacts): string | undefined {
  return definition.includes(COMPACT_PART) ? undefined : `${alterTable(tier, facts)} MODIFY SETTING ${COMPACT_PART}`;
}

/** Whether rows of a table are deleted by their age. An administrator's rule that moves them to another disk is not. */
export function deletesByAge(definition: string): boolean {
  const [, rules = ""] = / TTL (.*?)(?: SETTINGS |$)/s.exec(definition) ?? [];
  return rules.split(",").some((rule) => rule !== "" && !/ TO (VOLUME|DISK) /.test(rule));
}

/**
 * Removes the retention that a table of an older release has: the database measures age by the wall clock alone, so it
 * deletes everything when that is wrong.
 */
export function removeTtl(tier: Tier, facts?: ServerFacts): string {
  return `${alterTable(tier, facts)} REMOVE TTL`;
}
