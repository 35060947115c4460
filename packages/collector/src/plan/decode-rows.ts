import { EXTRA_ROW_VALUES, SAMPLING, TIME_SOURCE } from "@ngflow/flows";
import { locateFields } from "@ngflow/wire";
import type { ColumnPlan, CompiledPlan } from "./column-plan.ts";
import type { Operand } from "./counting.ts";
import { rowsWithRoom } from "./extra-plan.ts";
import { keepExtra, pointExtra } from "./keep-extra.ts";
import type { RecordContext } from "./record-context.ts";
import { swapRow } from "./reverse-row.ts";
import type { RowArrays } from "./row-arrays.ts";
import { runSteps, UNKNOWN_SAMPLER } from "./run-steps.ts";
import type { Session } from "../session/session.ts";
import { countRows } from "./count-rows.ts";
import { settleTimes } from "./settle-times.ts";

/** What a call of decodeRows did. */
export interface DecodeProgress {
  /** Offset of the next record. */
  next: number;
  /** Data records read. */
  records: number;
  /** Values for Extra that were not kept: their rows have too many, or too many bytes. */
  valuesNotKept: number;
  /** Whether a record of variable length did not fit; then the rest of the set cannot be read. */
  truncated: boolean;
  /** Whether the function of the plan read them. */
  compiled: boolean;
}

/**
 * Reads at most `most` records from `b[start, end)` into rows of the batch until the set or the batch ends, and writes
 * to `progress` how far it got. Fixed templates are read column by column; templates with variable length or a reverse
 * direction are read record by record. A reverse direction without bytes and packets makes no row.
 */
export function decodeRows(
  plan: ColumnPlan,
  b: Uint8Array,
  start: number,
  end: number,
  most: number,
  rows: RowArrays,
  context: RecordContext,
  session: Session,
  progress: DecodeProgress,
): void {
  const { batch } = rows;
  const { counting, extra } = plan;
  const { minLength, variable } = plan.template;
  const { extraRowBytes } = context;
  progress.truncated = false;
  progress.compiled = false;
  progress.valuesNotKept = 0;
  let room = batch.capacity - batch.rows;
  if (extra !== undefined) room = Math.min(room, rowsWithRoom(extra, batch.extra, extraRowBytes));
  if (!variable && plan.reverse.length === 0) {
    const n = Math.min(Math.floor((end - start) / minLength), room, most);
    const compiled = compiledFor(plan, context);
    if (compiled === undefined) {
      if (!plan.upTimes) rows.columns.TimeSource.fill(TIME_SOURCE.record, batch.rows, batch.rows + n);
      runSteps(plan.steps, b, start, minLength, n, batch.rows, rows, context);
      fillRows(batch.rows, n, rows, context);
      if (!isRated(plan, context)) fillSampling(batch.rows, n, rows, context);
    } else {
      compiled.read(context.view, b.byteOffset + start, n, batch.rows, context);
      runSteps(compiled.rest, b, start, minLength, n, batch.rows, rows, context);
      progress.compiled = true;
    }
    finishRows(plan, batch.rows, n, rows, context);
    countRows(counting, b, start, minLength, n, batch.rows, rows, context, session);
    if (extra !== undefined) {
      progress.valuesNotKept = keepExtra(extra, b, start, minLength, n, batch.rows, batch.extra, extraRowBytes);
    }
    batch.rows += n;
    progress.next = start + n * minLength;
    progress.records = n;
    return;
  }
  let o = start;
  let records = 0;
  while (records < most && end - o >= minLength && batch.capacity - batch.rows >= 2) {
    if (extra !== undefined && batch.extra.rowsLeft(EXTRA_ROW_VALUES, extraRowBytes) < 2) break;
    const next = locateFields(b, o, end, plan.template, plan.offsets, plan.lengths);
    if (next < 0) {
      progress.truncated = true;
      break;
    }
    point(plan.steps, plan);
    point(plan.reverse, plan);
    pointOperand(counting.event, plan);
    pointOperand(counting.flowId, plan);
    const row = batch.rows;
    rows.columns.TimeSource[row] = TIME_SOURCE.record;
    runSteps(plan.steps, b, 0, 0, 1, row, rows, context);
    fillRows(row, 1, rows, context);
    if (!isRated(plan, context)) fillSampling(row, 1, rows, context);
    finishRows(plan, row, 1, rows, context);
    batch.rows++;
    const both = plan.reverse.length > 0 && reverseRow(plan, b, row, rows, context);
    countRows(counting, b, 0, 0, both ? 2 : 1, row, rows, context, session);
    if (extra !== undefined) {
      pointExtra(extra, plan.offsets, plan.lengths);
      progress.valuesNotKept += keepExtra(extra, b, 0, 0, 1, row, batch.extra, extraRowBytes);
      if (both) progress.valuesNotKept += keepExtra(extra, b, 0, 0, 1, row + 1, batch.extra, extraRowBytes);
    }
    records++;
    o = next;
  }
  progress.next = o;
  progress.records = records;
}

/** Passes over at most `most` records of `b[start, end)` and writes to `progress` how far it got. */
export function skipRecords(
  plan: ColumnPlan,
  b: Uint8Array,
  start: number,
  end: number,
  most: number,
  progress: DecodeProgress,
): void {
  const { minLength, variable } = plan.template;
  progress.truncated = false;
  progress.valuesNotKept = 0;
  if (!variable) {
    progress.records = Math.min(Math.floor((end - start) / minLength), most);
    progress.next = start + progress.records * minLength;
    return;
  }
  let o = start;
  let records = 0;
  while (records < most && end - o >= minLength) {
    const next = locateFields(b, o, end, plan.template, plan.offsets, plan.lengths);
    if (next < 0) {
      progress.truncated = true;
      break;
    }
    records++;
    o = next;
  }
  progress.next = o;
  progress.records = records;
}

/** Points steps at the fields of the current record. */
function point(steps: ColumnPlan["steps"], plan: ColumnPlan): void {
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    step.offset = plan.offsets[step.field]!;
    step.length = plan.lengths[step.field]!;
    pointOperand(step.second, plan);
    pointOperand(step.boot, plan);
  }
}

function pointOperand(operand: Operand | undefined, plan: ColumnPlan): void {
  if (operand === undefined) return;
  operand.offset = plan.offsets[operand.field]!;
  operand.length = plan.lengths[operand.field]!;
}

/** Writes the other direction of the record at `row` as the next row; false when nothing went there. */
function reverseRow(plan: ColumnPlan, b: Uint8Array, row: number, rows: RowArrays, context: RecordContext): boolean {
  const { batch } = rows;
  const { Bytes, Packets } = rows.columns;
  const other = row + 1;
  swapRow(batch, row, other);
  runSteps(plan.reverse, b, 0, 0, 1, other, rows, context);
  const w = 2 * other;
  if (Bytes[w] === 0 && Bytes[w + 1] === 0 && Packets[w] === 0 && Packets[w + 1] === 0) {
    batch.rows = other + 1;
    clearLastRow(rows);
    return false;
  }
  if (plan.reverseTimes) {
    const { TimeStart, TimeEnd, TimeSource } = rows.columns;
    TimeSource[other] = TIME_SOURCE.record;
    settleTimes(TimeStart, TimeEnd, TimeSource, other, 1, plan.absolute, context);
  }
  batch.rows = other + 1;
  return true;
}

/** Removes the last row and zeroes it: FlowBatch promises that unused rows are zero. */
function clearLastRow(rows: RowArrays): void {
  const { batch } = rows;
  batch.rows--;
  for (const bytes of batch.bytes) {
    const width = bytes.length / batch.capacity;
    bytes.fill(0, batch.rows * width, (batch.rows + 1) * width);
  }
}

/** The function of a plan, if it does all that the steps would do here. */
function compiledFor(plan: ColumnPlan, context: RecordContext): CompiledPlan | undefined {
  const { compiled } = plan.hot;
  if (compiled === undefined || (compiled.upTimes && context.sysUpTimeMs === 0)) return undefined;
  return plan.rated || !context.rates.hasInterfaces ? compiled : undefined;
}

/** Whether rows of one message may have different rates. */
function isRated(plan: ColumnPlan, { rates }: RecordContext): boolean {
  return plan.rated || rates.hasInterfaces;
}

/** Fills the columns that are the same in all rows of a message: receive time, exporter, domain, version. */
function fillRows(row: number, n: number, rows: RowArrays, context: RecordContext): void {
  const { columns, exporterWords } = rows;
  const end = row + n;
  const low = context.receivedMs >>> 0;
  const high = Math.floor(context.receivedMs / 4_294_967_296);
  const { TimeReceived, Domain, Version } = columns;
  const { domain, version, exporterWords: e } = context;
  const e0 = e[0]!;
  const e1 = e[1]!;
  const e2 = e[2]!;
  const e3 = e[3]!;
  // One loop: for the few rows of a set it is faster than a fill for each column.
  for (let i = row; i < end; i++) {
    TimeReceived[2 * i] = low;
    TimeReceived[2 * i + 1] = high;
    exporterWords[4 * i] = e0;
    exporterWords[4 * i + 1] = e1;
    exporterWords[4 * i + 2] = e2;
    exporterWords[4 * i + 3] = e3;
    Domain[i] = domain;
    Version[i] = version;
  }
}

function fillSampling(row: number, n: number, rows: RowArrays, context: RecordContext): void {
  const { SamplingRate, SamplingSource } = rows.columns;
  const { samplingRate, samplingSource } = context;
  for (let i = row; i < row + n; i++) {
    SamplingRate[i] = samplingRate;
    SamplingSource[i] = samplingSource;
  }
}

/** Fills the columns that do not come from one field: sampling where it differs, family, times, ICMP of old formats. */
function finishRows(plan: ColumnPlan, row: number, n: number, rows: RowArrays, context: RecordContext): void {
  const { columns } = rows;
  const end = row + n;
  if (isRated(plan, context)) finishSampling(row, end, rows, context);
  finishFamily(plan, row, end, rows);
  settleTimes(columns.TimeStart, columns.TimeEnd, columns.TimeSource, row, n, plan.absolute, context);
  if (!plan.icmp.v4 || !plan.icmp.v6) finishIcmp(plan, row, end, rows);
}

/** Third word of ::ffff:a.b.c.d as the batch holds it. */
const MAPPED = 0xffff0000;

/** Whether an address of a field for IPv6 is one of IPv4. */
function isMapped(words: Uint32Array, row: number): boolean {
  const w = 4 * row;
  return words[w + 2] === MAPPED && words[w] === 0 && words[w + 1] === 0;
}

function isSet(words: Uint32Array, row: number): boolean {
  const w = 4 * row;
  return (words[w]! | words[w + 1]! | words[w + 2]! | words[w + 3]!) !== 0;
}

function finishFamily(plan: ColumnPlan, row: number, end: number, rows: RowArrays): void {
  const { IpVersion } = rows.columns;
  const { family } = plan;
  if (family === 4 && !plan.hasIpVersion) {
    for (let i = row; i < end; i++) IpVersion[i] = 4;
    return;
  }
  const { srcWords, dstWords } = rows;
  for (let i = row; i < end; i++) {
    if (IpVersion[i] !== 0) continue;
    if (family === 4) IpVersion[i] = 4;
    else if (family === 6) IpVersion[i] = isMapped(srcWords, i) || isMapped(dstWords, i) ? 4 : 6;
    else if (srcWords[4 * i + 2] === MAPPED || dstWords[4 * i + 2] === MAPPED) IpVersion[i] = 4;
    else if (isSet(srcWords, i) || isSet(dstWords, i)) IpVersion[i] = 6;
  }
}

const ICMP = 1;
const ICMP6 = 58;

/**
 * v5 and v9 exporters send ICMP type * 256 + code as the destination port. Where the template has fields for the
 * protocol's type and code, those are the answer, also when they are 0 (echo reply): others put the identifier of an
 * echo in the port. Fields of the other IP version are the answer unless they are 0. The port column stays as received.
 */
function finishIcmp({ icmp }: ColumnPlan, row: number, end: number, rows: RowArrays): void {
  const { Proto, DstPort, IcmpType, IcmpCode } = rows.columns;
  for (let i = row; i < end; i++) {
    const proto = Proto[i]!;
    if (proto === ICMP ? icmp.v4 : proto !== ICMP6 || icmp.v6) continue;
    if (IcmpType[i] !== 0 || IcmpCode[i] !== 0) continue;
    const port = DstPort[i]!;
    IcmpType[i] = port >>> 8;
    IcmpCode[i] = port & 0xff;
  }
}

/**
 * A rate that came with the record has the source `data`; other rows get the session's rate. An interval of 0 means
 * unknown. A row that names an unknown sampler (0 often means: not sampled) gets the rate of the whole domain or
 * exporter, but never that of another sampler.
 */
function finishSampling(row: number, end: number, rows: RowArrays, context: RecordContext): void {
  const { SamplingRate, SamplingSource } = rows.columns;
  const { samplingRate, samplingSource, generalRate } = context;
  for (let i = row; i < end; i++) {
    if (SamplingRate[i] === 0 && SamplingSource[i] === UNKNOWN_SAMPLER) {
      SamplingRate[i] = generalRate > 0 ? generalRate : 1;
      SamplingSource[i] = generalRate > 0 ? SAMPLING.options : SAMPLING.none;
    } else if (SamplingRate[i] === 0) {
      SamplingRate[i] = samplingRate;
      SamplingSource[i] = samplingSource;
    } else if (SamplingSource[i] === 0) SamplingSource[i] = SAMPLING.data;
  }
}
