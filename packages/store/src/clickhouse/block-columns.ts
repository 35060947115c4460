import { COLUMNS, NATIVE_TYPES, TIME_RECEIVED_MS, TIMES_AGO } from "@ngflow/flows";

/** What a block may have, as the table function of its file is told. What the block lacks is zero there. */
export const BLOCK_STRUCTURE = [
  ...COLUMNS.map(({ name, kind }) => `${name} ${NATIVE_TYPES[kind]}`),
  ...[TIME_RECEIVED_MS, ...Object.values(TIMES_AGO)].map((name) => `${name} Int64`),
].join(", ");

const RECEIVED_MS = `if(${TIME_RECEIVED_MS} = 0, toUnixTimestamp64Milli(TimeReceived), ${TIME_RECEIVED_MS})`;

/** Columns of the table that a block may have in another form, with how their value is found. */
const FROM_BLOCK: Readonly<Record<string, string>> = {
  TimeReceived: timeOf(RECEIVED_MS),
  ...Object.fromEntries(
    Object.entries(TIMES_AGO).map(([name, ago]) => [
      name,
      `if(${ago} = 0, ${name}, ${timeOf(`${RECEIVED_MS} - ${ago} + (${ago} > 0)`)})`,
    ]),
  ),
};

function timeOf(ms: string): string {
  return `fromUnixTimestamp64Milli(${ms}, 'UTC')`;
}

/**
 * SQL of a column's value in the rows of a block, which may be in the form of an earlier release: times are then as in
 * the table.
 */
export function blockColumn(name: string): string {
  return FROM_BLOCK[name] ?? name;
}
