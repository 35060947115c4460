import { ENTRY } from "../session/running-entry.ts";
import type { Session } from "../session/session.ts";
import type { Counting } from "./counting.ts";
import type { RecordContext } from "./record-context.ts";
import type { RowArrays } from "./row-arrays.ts";

/**
 * Makes a row count what its flow did since the previous row of the flow, and begin where that one ended. Two tables of
 * running flows per exporter address: of flows whose totals are reported, and of long flows whose start is looked at.
 */

const WORD = 4_294_967_296;
/** Events of firewallEvent (IANA element 233): 1 created, 2 deleted, 5 updated. */
const CREATED = 1;
const DELETED = 2;
/** Values of flowEndReason (IANA element 136): 2 is the active timeout, after which the flow goes on. */
const ACTIVE_TIMEOUT = 2;
/** Two reports have the same start if they are this close: v9 headers have whole seconds. */
const SAME_START_MS = 2000;
/** A flow without a start that was not reported for so long is another one. */
const FORGOTTEN_S = 3600;

/** A report that does not end the flow is of one this old at least, and follows the previous after this. */
const LONG_MS = 2000;
const APART_MS = 1000;
/** It ends at most this long before its export. */
const RECENT_MS = 60_000;
/** After so many looks at long flows without a second report, an exporter is watched by a sixteenth of its flows. */
const MOST_LOOKS = 10_000;

/** The words of a row that identify its flow, mixed into `tags`. */
const tags = new Uint32Array(2);

function mix(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x9e3779b1);
  return h ^ (h >>> 15);
}

/**
 * Tags of the flow of a row: addresses, ports, protocol and the exporter's run; and its id, or without one what else
 * tells flows apart (interfaces, direction, class of service, VLAN).
 */
function tagRow(rows: RowArrays, row: number, run: number, idHigh: number, idLow: number): void {
  const { srcWords, dstWords, columns } = rows;
  let a = mix(run, 0x51ed270b);
  let b = mix(run, 0x2545f491);
  const w = 4 * row;
  // The first words of IPv4 addresses are all the same.
  if ((srcWords[w]! | dstWords[w]! | srcWords[w + 1]! | dstWords[w + 1]!) !== 0) {
    for (let i = w; i < w + 3; i++) {
      a = mix(mix(a, srcWords[i]!), dstWords[i]! ^ 0x5bd1e995);
      b = mix(mix(b, dstWords[i]!), srcWords[i]! ^ 0x1b873593);
    }
  }
  a = mix(mix(a, srcWords[w + 3]!), dstWords[w + 3]! ^ 0x5bd1e995);
  b = mix(mix(b, dstWords[w + 3]!), srcWords[w + 3]! ^ 0x1b873593);
  const ports = (columns.SrcPort[row]! << 16) | columns.DstPort[row]!;
  a = mix(a, ports);
  b = mix(b, ports ^ 0x7f4a7c15);
  a = mix(a, columns.Proto[row]!);
  if (idHigh !== 0 || idLow !== 0) {
    a = mix(mix(a, idHigh), idLow);
    b = mix(mix(b, idLow), idHigh);
  } else {
    a = mix(mix(a, columns.InIf[row]!), columns.OutIf[row]!);
    b = mix(b, (columns.Direction[row]! << 24) | (columns.Tos[row]! << 16) | columns.Vlan[row]!);
  }
  tags[0] = a;
  tags[1] = b;
}

/**
 * Counts `n` rows. `b`, `base` and `stride` are those of the records, as in runSteps.
 * @param nowS Unix seconds of the arrival
 */
export function countRows(
  counting: Counting,
  b: Uint8Array,
  base: number,
  stride: number,
  n: number,
  row: number,
  rows: RowArrays,
  context: RecordContext,
  session: Session,
): void {
  const nowS = Math.max(1, Math.floor(context.receivedMs / 1000));
  if (counting.mode === "totals") {
    const { event, flowId } = counting;
    for (let i = 0; i < n; i++) {
      const p = base + i * stride;
      const what = event === undefined ? 0 : b[p + event.offset + event.length - 1]!;
      const idAt = flowId === undefined ? 0 : p + flowId.offset;
      const idLow = flowId === undefined ? 0 : readLow(b, idAt, flowId.length);
      const idHigh = flowId === undefined ? 0 : readHigh(b, idAt, flowId.length);
      tagRow(rows, row + i, session.run, idHigh, idLow);
      countTotal(counting, what, row + i, rows, session, nowS);
    }
  } else if (counting.mode === "spread") spreadRows(n, row, rows, context, session, nowS);
}

function readLow(b: Uint8Array, o: number, length: number): number {
  let value = 0;
  for (let i = Math.max(0, length - 4); i < length; i++) value = (value << 8) | b[o + i]!;
  return value;
}

function readHigh(b: Uint8Array, o: number, length: number): number {
  let value = 0;
  for (let i = Math.max(0, length - 8); i < length - 4; i++) value = (value << 8) | b[o + i]!;
  return value;
}

/** One row whose counters are totals, or become them when the flow ends. */
function countTotal(
  counting: Counting,
  event: number,
  row: number,
  rows: RowArrays,
  session: Session,
  nowS: number,
): void {
  const { TimeStart, TimeEnd, Bytes, Packets, EndReason } = rows.columns;
  const flows = session.share.totals;
  const start = TimeStart[2 * row]!;
  const end = TimeEnd[2 * row]!;
  let at = flows.find(tags[0]!, tags[1]!);
  const known = at >= 0 && event !== CREATED && isSameFlow(counting.hasStart, flows.words, at, start, nowS);
  if (at < 0) at = flows.add(tags[0]!, tags[1]!, nowS);
  const { words } = flows;
  const late = known && (end - words[at + ENTRY.end]!) >> 31 !== 0;
  if (!known) words.fill(0, at + ENTRY.start, at + ENTRY.used);
  const { bytes, packets } = counting;
  if (bytes !== undefined) countOne(bytes.meaning, bytes.length, event, late, Bytes, row, words, at + ENTRY.bytes);
  if (packets !== undefined) {
    countOne(packets.meaning, packets.length, event, late, Packets, row, words, at + ENTRY.packets);
  }
  words[at + ENTRY.used] = nowS;
  if (!late) {
    if (known && counting.hasStart) beginAt(TimeStart, TimeEnd, row, words[at + ENTRY.end]!);
    words[at + ENTRY.start] = start;
    words[at + ENTRY.end] = end;
  }
  const ended = event === DELETED || (EndReason[row] !== 0 && EndReason[row] !== ACTIVE_TIMEOUT);
  if (ended) flows.remove(at);
  if (flows.journal !== undefined) flows.journal.note(session, words, at);
}

/** Whether an entry is that of the row's flow, not of an earlier flow with the same key. */
function isSameFlow(hasStart: boolean, words: Uint32Array, at: number, start: number, nowS: number): boolean {
  if (!hasStart) return nowS - words[at + ENTRY.used]! < FORGOTTEN_S;
  return Math.abs((start - words[at + ENTRY.start]!) | 0) <= SAME_START_MS;
}

/** Turns one counter of a row into what was counted since the previous row, and notes the total. */
function countOne(
  meaning: string,
  length: number,
  event: number,
  late: boolean,
  column: Uint32Array,
  row: number,
  words: Uint32Array,
  at: number,
): void {
  const value = column[2 * row + 1]! * WORD + column[2 * row]!;
  const before = words[at + 1]! * WORD + words[at]!;
  let counted = value;
  let total = before + value;
  if (meaning === "total" || (meaning === "deltaUntilEnd" && event === DELETED)) {
    total = value;
    if (value >= before) counted = value - before;
    else if (late) {
      counted = 0;
      total = before;
    } else counted = wrapped(value, before, length);
  }
  if (counted !== value) {
    column[2 * row] = counted >>> 0;
    column[2 * row + 1] = Math.floor(counted / WORD);
  }
  words[at] = total >>> 0;
  words[at + 1] = Math.floor(total / WORD);
}

/**
 * What was counted if a total is below the one before it: a counter of `length` bytes has passed its end, or, if that
 * would be more than half of what it holds, it began again.
 */
function wrapped(value: number, before: number, length: number): number {
  if (length >= 7) return value;
  const size = 256 ** length;
  const counted = (((value - before) % size) + size) % size;
  return counted < size / 2 ? counted : value;
}

/** Lets a row begin at `low` (modulo 2^32 ms), a time between its start and its end. */
function beginAt(start: Uint32Array, end: Uint32Array, row: number, low: number): void {
  const w = 2 * row;
  const afterStart = (low - start[w]!) >>> 0;
  if (afterStart > (end[w]! - start[w]!) >>> 0) return;
  const ms = start[w + 1]! * WORD + start[w]! + afterStart;
  start[w] = ms >>> 0;
  start[w + 1] = Math.floor(ms / WORD);
}

/** Rows with deltas: a long flow that was reported before with the same start begins where that report ended. */
function spreadRows(
  n: number,
  row: number,
  rows: RowArrays,
  context: RecordContext,
  session: Session,
  nowS: number,
): void {
  const { TimeStart, TimeEnd, SrcPort, DstPort } = rows.columns;
  const { share } = session;
  const exported = (context.exportMs + APART_MS) >>> 0;
  for (let i = row; i < row + n; i++) {
    const start = TimeStart[2 * i]!;
    const end = TimeEnd[2 * i]!;
    if ((end - start) >>> 0 < LONG_MS || (exported - end) >>> 0 > RECENT_MS) continue;
    if (share.looks >= MOST_LOOKS && ((SrcPort[i]! ^ DstPort[i]!) & 15) !== 0) continue;
    tagRow(rows, i, session.run, 0, 0);
    const flows = share.spread;
    let at = flows.find(tags[0]!, tags[1]!);
    share.looks++;
    if (at < 0) at = flows.add(tags[0]!, tags[1]!, nowS);
    const { words } = flows;
    const same = Math.abs((start - words[at + ENTRY.start]!) | 0) <= SAME_START_MS;
    const apart = same ? (end - words[at + ENTRY.end]!) | 0 : 0;
    if (apart < 0) continue;
    if (apart >= APART_MS) {
      beginAt(TimeStart, TimeEnd, i, words[at + ENTRY.end]!);
      share.looks = 0;
    }
    words[at + ENTRY.start] = start;
    words[at + ENTRY.end] = end;
    words[at + ENTRY.used] = nowS;
  }
}
