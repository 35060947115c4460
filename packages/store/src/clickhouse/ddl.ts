import { type ColumnKind, COLUMNS, NATIVE_TYPES, type Tier } from "@ngflow/flows";

/**
 * Additional column: the id of the block file that a row came from. Before an insert that may have happened already,
 * the table is checked for rows of its block.
 */
export const BLOCK_COLUMN = "Block";
/** Additional column of a roll-up: how many flows ended in the bin. */
export const FLOWS_COLUMN = "Flows";

const CODECS: Readonly<Record<ColumnKind, string>> = {
  u8: "ZSTD(1)",
  u16: "ZSTD(1)",
  u32: "ZSTD(1)",
  u64: "T64, ZSTD(1)",
  ms: "DoubleDelta, ZSTD(1)",
  ip: "ZSTD(1)",
  mac: "ZSTD(1)",
};

/** Every column of a tier's table with its definition, by name. */
export function columnDefinitions(tier: Tier): ReadonlyMap<string, string> {
  const definitions = new Map<string, string>();
  for (const { name, kind } of COLUMNS) {
    if (!tier.columns.includes(name)) continue;
    definitions.set(name, `${name} ${NATIVE_TYPES[kind]} CODEC(${CODECS[kind]})`);
  }
  if (tier.resolutionMs !== null) definitions.set(FLOWS_COLUMN, `${FLOWS_COLUMN} UInt64 CODEC(${CODECS.u64})`);
  return definitions.set(BLOCK_COLUMN, `${BLOCK_COLUMN} UInt64 CODEC(ZSTD(1))`);
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
const COMPACT_PART = `min_bytes_for_wide_part = ${64 * 2 ** 20}`;

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
