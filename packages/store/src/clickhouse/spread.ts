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

/**
 * Columns `e`, `s` and `life` of a table's flow: end, start and duration over which it is spread, milliseconds.
 */
export function lifeOf(table: string): string {
  return (
    `${ms(`${table}.TimeEnd`)} AS e, greatest(least(${ms(`${table}.TimeStart`)}, e), e - ${MAX_SPREAD_MS}) AS s,` +
    " greatest(e - s, 1) AS life"
  );
}

/** Columns `NAMEq` and `NAMEr`, which `share` needs of the total of a flow. */
export function quotient(name: string, total: string): string {
  return `intDiv(${total}, toUInt64(life)) AS ${name}q, ${total} % toUInt64(life) AS ${name}r`;
}

/** Part of a flow's total that is in the interval; `quotient` has made the columns of `name`. */
export function share(name: string, from: string, to: string): string {
  return part(`${name}q`, `${name}r`, from, to);
}

/** The same without such columns: for expressions that few rows need. */
export function shareOf(total: string, from: string, to: string): string {
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
