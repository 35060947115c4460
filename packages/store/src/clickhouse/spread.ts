/**
 * Longest duration over which a flow is spread, in milliseconds (49.7 days): the products in `until` must fit 64 bits.
 */
const MAX_SPREAD_MS = 0xffff_ffff;

/** A time of a column, as Unix milliseconds. */
export function ms(column: string): string {
  return `toUnixTimestamp64Milli(${column})`;
}

/** A time as a column has it. */
export function time(unixMs: number | string): string {
  return `fromUnixTimestamp64Milli(toInt64(${unixMs}), 'UTC')`;
}

/** Columns `e` and `began` of a table's flow: its end and start as its exporter says, milliseconds. */
export function timesOf(table: string): string {
  return `${ms(`${table}.TimeEnd`)} AS e, ${ms(`${table}.TimeStart`)} AS began`;
}

/** Column `s`: where the spreading of a flow starts; of the columns of `timesOf`. */
export const START = `greatest(least(began, e), e - ${MAX_SPREAD_MS}) AS s`;
/** Column `life`: the duration over which a flow is spread, milliseconds; of `s` and `e`. */
export const LIFE = "greatest(e - s, 1) AS life";

/** Columns `e`, `s` and `life` of a table's flow: end, start and duration over which it is spread, milliseconds. */
export function lifeOf(table: string): string {
  return `${timesOf(table)}, ${START}, ${LIFE}`;
}

/** Part of a flow's total that is in the interval: a flow with the columns `s` and `life`. */
export function share(total: string, from: string, to: string): string {
  return part(`intDiv(${total}, toUInt64(life))`, `(${total} % toUInt64(life))`, from, to);
}

/**
 * Part of a flow's total that passed before time `t`: floor(total * elapsed / life) without a product above 64 bits.
 */
function part(quotient: string, rest: string, from: string, to: string): string {
  const until = (t: string): string => {
    const elapsed = `toUInt64(least(greatest(${t} - s, 0), life))`;
    return `(${quotient} * ${elapsed} + intDiv(${rest} * ${elapsed}, toUInt64(life)))`;
  };
  return `toUInt64(${until(to)} - ${until(from)})`;
}
