import { type ColumnKind, type ColumnName, COLUMNS, NATIVE_TYPES, type Tier } from "@ngflow/flows";

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

function codecOf(kind: ColumnKind): string {
  return `CODEC(${CODECS[kind]})`;
}

/** Every column of a tier's table with its definition, by name. */
export function columnDefinitions(tier: Tier): ReadonlyMap<string, string> {
  const definitions = new Map<string, string>();
  for (const { name, kind } of COLUMNS) {
    if (!tier.columns.includes(name)) continue;
    definitions.set(name, `${name} ${NATIVE_TYPES[kind]} ${codecOf(kind)}`);
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
export function createRollUp(tier: Tier): string {
  const definitions = [
    ...rollUpDefinitions(tier, (type) => `SimpleAggregateFunction(sum, ${type})`),
    `${STEP_COLUMN} SimpleAggregateFunction(max, UInt64) CODEC(ZSTD(1))`,
  ];
  return (
    `CREATE TABLE IF NOT EXISTS ${tier.table} (${definitions.join(", ")}) ENGINE = AggregatingMergeTree` +
    ` PARTITION BY ${RECEIVED_COLUMN} ORDER BY (TimeStart, ${dimensionsOf(tier).join(", ")})` +
    ` SETTINGS ${TABLE_SETTINGS.join(", ")}`
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
 * The table of a tier. It has one partition per day received, so that whole days can be dropped. It is ordered by the
 * time received, so that reading the newest rows is fast. The minmax indexes of start and end find the rows of a time
 * range. Parts are synced to disk before an insert returns, because the block file is deleted after it.
 */
export function createTable(tier: Tier): string {
  return [
    `CREATE TABLE IF NOT EXISTS ${tier.table} (`,
    [
      ...columnDefinitions(tier).values(),
      "INDEX start TimeStart TYPE minmax GRANULARITY 1",
      "INDEX end TimeEnd TYPE minmax GRANULARITY 1",
    ].join(",\n"),
    ") ENGINE = MergeTree PARTITION BY toDate(TimeReceived) ORDER BY TimeReceived",
    `SETTINGS ${TABLE_SETTINGS.join(", ")}`,
  ].join("\n");
}

/** Parts of at most so many bytes, uncompressed, have one file for all columns: a block fits. */
const COMPACT_PART = `min_bytes_for_wide_part = ${128 * 2 ** 20}`;

const TABLE_SETTINGS = [
  // Otherwise an insert creates and syncs two files for each column.
  COMPACT_PART,
  "fsync_after_insert = 1",
  "fsync_part_directory = 1",
  "min_rows_to_fsync_after_merge = 1",
  // Merged parts are synced, so the parts they replace need not be kept for the default eight minutes.
  "old_parts_lifetime = 10",
];

/** Adds a column that an older release did not have; it is zero in old rows. */
export function addColumn(tier: Tier, definition: string): string {
  return `ALTER TABLE ${tier.table} ADD COLUMN IF NOT EXISTS ${definition}`;
}

/** Changes how a column is compressed in new parts; undefined if the table has the codec, as the database names it. */
export function changeCodec(tier: Tier, name: string, codec: string): string | undefined {
  const kind = COLUMNS.find((column) => column.name === name)?.kind;
  if (kind === undefined || codec === codecOf(kind)) return undefined;
  return `ALTER TABLE ${tier.table} MODIFY COLUMN ${name} ${codecOf(kind)}`;
}

/** Sets what the table of an older release does not have; undefined if it has it. */
export function addSettings(tier: Tier, definition: string): string | undefined {
  return definition.includes(COMPACT_PART) ? undefined : `ALTER TABLE ${tier.table} MODIFY SETTING ${COMPACT_PART}`;
}

/**
 * Removes the retention that a table of an older release has: the database measures age by the wall clock alone, so it
 * deletes everything when that is wrong.
 */
export function removeTtl(tier: Tier): string {
  return `ALTER TABLE ${tier.table} REMOVE TTL`;
}
