import { SAMPLING } from "@ngflow/flows";
import { locateFields } from "@ngflow/wire";
import type { ColumnPlan } from "./column-plan.ts";
import type { RecordContext } from "./record-context.ts";
import { swapRow } from "./reverse-row.ts";
import type { RowArrays } from "./row-arrays.ts";
import { runSteps } from "./run-steps.ts";
import { settleTimes } from "./times.ts";

/** What a call of decodeRows did. */
export interface DecodeProgress {
  /** Offset of the next record. */
  next: number;
  /** Data records read. */
  records: number;
  /** Whether a record of variable length did not fit; then the rest of the set cannot be read. */
  truncated: boolean;
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
  progress: DecodeProgress,
): void {
  const { batch } = rows;
  const { minLength, variable } = plan.template;
  progress.truncated = false;
  if (!variable && plan.reverse.length === 0) {
    const n = Math.min(Math.floor((end - start) / minLength), batch.capacity - batch.rows, most);
    runSteps(plan.steps, b, start, minLength, n, batch.rows, rows, context);
    finishRows(plan, batch.rows, n, rows, context);
    batch.rows += n;
    progress.next = start + n * minLength;
    progress.records = n;
    return;
  }
  let o = start;
  let records = 0;
  while (records < most && end - o >= minLength && batch.capacity - batch.rows >= 2) {
    const next = locateFields(b, o, end, plan.template, plan.offsets, plan.lengths);
    if (next < 0) {
      progress.truncated = true;
      break;
    }
    point(plan.steps, plan);
    point(plan.reverse, plan);
    const row = batch.rows;
    runSteps(plan.steps, b, 0, 0, 1, row, rows, context);
    finishRows(plan, row, 1, rows, context);
    batch.rows++;
    if (plan.reverse.length > 0) reverseRow(plan, b, row, rows, context);
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
  }
}

/** Writes the other direction of the record at `row` as the next row. */
function reverseRow(plan: ColumnPlan, b: Uint8Array, row: number, rows: RowArrays, context: RecordContext): void {
  const { batch } = rows;
  const { Bytes, Packets } = rows.columns;
  const other = row + 1;
  swapRow(batch, row, other);
  runSteps(plan.reverse, b, 0, 0, 1, other, rows, context);
  const w = 2 * other;
  if (Bytes[w] === 0 && Bytes[w + 1] === 0 && Packets[w] === 0 && Packets[w + 1] === 0) {
    batch.rows = other + 1;
    clearLastRow(rows);
    return;
  }
  settleTimes(rows.columns.TimeStart, rows.columns.TimeEnd, other, 1, context.exportMs);
  batch.rows = other + 1;
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

/**
 * Fills the columns that do not come from one field: receive time, exporter, family, times, ICMP of old formats,
 * sampling.
 */
function finishRows(plan: ColumnPlan, row: number, n: number, rows: RowArrays, context: RecordContext): void {
  const { columns, exporterWords } = rows;
  const end = row + n;
  const low = context.receivedMs >>> 0;
  const high = Math.floor(context.receivedMs / 4_294_967_296);
  const [e0, e1, e2, e3] = context.exporterWords as unknown as [number, number, number, number];
  for (let i = row; i < end; i++) {
    columns.TimeReceived[2 * i] = low;
    columns.TimeReceived[2 * i + 1] = high;
    exporterWords[4 * i] = e0;
    exporterWords[4 * i + 1] = e1;
    exporterWords[4 * i + 2] = e2;
    exporterWords[4 * i + 3] = e3;
  }
  columns.Domain.fill(context.domain, row, end);
  columns.Version.fill(context.version, row, end);
  finishFamily(plan, row, end, rows);
  settleTimes(columns.TimeStart, columns.TimeEnd, row, n, context.exportMs);
  finishIcmp(row, end, rows);
  finishSampling(row, end, rows, context);
}

/** Third word of ::ffff:a.b.c.d as the batch holds it. */
const MAPPED = 0xffff0000;

function isSet(words: Uint32Array, row: number): boolean {
  const w = 4 * row;
  return (words[w]! | words[w + 1]! | words[w + 2]! | words[w + 3]!) !== 0;
}

function finishFamily(plan: ColumnPlan, row: number, end: number, rows: RowArrays): void {
  const { IpVersion } = rows.columns;
  if (plan.family !== 0 && !plan.hasIpVersion) {
    IpVersion.fill(plan.family, row, end);
    return;
  }
  const { srcWords, dstWords } = rows;
  for (let i = row; i < end; i++) {
    if (IpVersion[i] !== 0) continue;
    if (plan.family !== 0) IpVersion[i] = plan.family;
    else if (srcWords[4 * i + 2] === MAPPED || dstWords[4 * i + 2] === MAPPED) IpVersion[i] = 4;
    else if (isSet(srcWords, i) || isSet(dstWords, i)) IpVersion[i] = 6;
  }
}

const ICMP = 1;
const ICMP6 = 58;

/** v5 and v9 exporters send ICMP type * 256 + code as the destination port. The port column stays as received. */
function finishIcmp(row: number, end: number, rows: RowArrays): void {
  const { Proto, DstPort, IcmpType, IcmpCode } = rows.columns;
  for (let i = row; i < end; i++) {
    const proto = Proto[i]!;
    if (proto !== ICMP && proto !== ICMP6) continue;
    if (IcmpType[i] !== 0 || IcmpCode[i] !== 0) continue;
    const port = DstPort[i]!;
    IcmpType[i] = port >>> 8;
    IcmpCode[i] = port & 0xff;
  }
}

/**
 * A rate that came with the record has the source `data`; other rows get the session's rate. An interval of 0 means
 * unknown.
 */
function finishSampling(row: number, end: number, rows: RowArrays, context: RecordContext): void {
  const { SamplingRate, SamplingSource } = rows.columns;
  const { samplingRate, samplingSource } = context;
  for (let i = row; i < end; i++) {
    if (SamplingRate[i] === 0) {
      SamplingRate[i] = samplingRate;
      SamplingSource[i] = samplingSource;
    } else if (SamplingSource[i] === 0) SamplingSource[i] = SAMPLING.data;
  }
}
