import type { BlockMemory } from "./block-memory.ts";
import { CHUNK } from "./narrow.ts";

/**
 * Times in a block. Almost all flows were received within a second of each other and ended shortly before that, so a
 * block has each time of reception once (TIME_RECEIVED_MS), and of the other times how long before it they were.
 */

/** Column of a block that stands for TimeReceived: Unix milliseconds. */
export const TIME_RECEIVED_MS = "TimeReceivedMs";

/** Columns of a block that stand for other times: `1 + n` for n ms before reception, `-n` for n ms after it. */
export const TIMES_AGO = { TimeStart: "TimeStartAgo", TimeEnd: "TimeEndAgo" } as const;

/** Most values of a dictionary: their numbers have two bytes. */
const VALUES_MAX = 65_536;

/** The different times of a column, and which of them each row has. */
export interface TimeDictionary {
  /** Two words each, low first, in the order in which they come first. */
  readonly values: Uint32Array;
  /** A number below their count for each row, of one byte or two. */
  readonly numbers: Uint8Array | Uint16Array;
}

/**
 * The dictionary of a column of times, two words a row; undefined where a dictionary would not be shorter than the
 * column. Rows that follow one another mostly have the same time.
 */
export function timeDictionary(words: Uint32Array, memory: BlockMemory): TimeDictionary | undefined {
  const rows = words.length / 2;
  // Beyond it, the values and the numbers take as much as the column.
  const most = Math.min(VALUES_MAX, Math.floor((rows * 6) / 8) - 4);
  const numbers = memory.u16(rows);
  const numberOf = new Map<number, number>();
  for (let row = 0; row < rows;) {
    const [low, high] = [words[2 * row]!, words[2 * row + 1]!];
    const time = high * 2 ** 32 + low;
    const number = numberOf.get(time) ?? numberOf.size;
    if (number >= most) return undefined;
    numberOf.set(time, number);
    const end = endOfRun(words, row, rows, low, high);
    numbers.fill(number, row, end);
    row = end;
  }
  if (numberOf.size === 0) return undefined;
  const values = new Uint32Array(2 * numberOf.size);
  for (const [time, number] of numberOf) values.set([time, Math.floor(time / 2 ** 32)], 2 * number);
  if (numberOf.size > 256) return { values, numbers };
  const short = memory.u8(rows);
  short.set(numbers);
  return { values, numbers: short };
}

/** The first row from `row` on that has another time. */
function endOfRun(words: Uint32Array, row: number, rows: number, low: number, high: number): number {
  let end = row + 1;
  while (end < rows && words[2 * end] === low && words[2 * end + 1] === high) end++;
  return end;
}

/**
 * How long before `received` the times of a column are, as TIMES_AGO says, in the fewest bytes that hold all of them:
 * unsigned numbers of one or two bytes, or signed ones of four. Undefined where these do not hold them (24 days).
 */
export function agoColumn(
  received: Uint32Array,
  times: Uint32Array,
  memory: BlockMemory,
): Uint8Array | Uint16Array | Int32Array | undefined {
  const rows = times.length / 2;
  const words = memory.u32(rows);
  const out = new Int32Array(words.buffer, words.byteOffset, rows);
  let bits = 0;
  for (let at = 0; at < rows; at += CHUNK) {
    const some = agoOf(received, times, out, at, Math.min(rows, at + CHUNK));
    if (some === undefined) return undefined;
    bits |= some;
  }
  if (bits < 0 || bits > 0xffff) return out;
  const short = bits > 0xff ? memory.u16(rows) : memory.u8(rows);
  short.set(out);
  return short;
}

/** Writes the numbers of some rows. Returns the bits that any of them has; undefined if one does not fit. */
function agoOf(
  received: Uint32Array,
  times: Uint32Array,
  out: Int32Array,
  from: number,
  to: number,
): number | undefined {
  let bits = 0;
  for (let i = from; i < to; i++) {
    const high = received[2 * i + 1]! - times[2 * i + 1]!;
    const ago = received[2 * i]! - times[2 * i]! + high * 2 ** 32;
    if (ago > 0x7fff_fffe || ago < -0x8000_0000) return undefined;
    const value = ago < 0 ? ago : ago + 1;
    out[i] = value;
    bits |= value;
  }
  return bits;
}
