import { SAMPLING } from "@ngflow/flows";
import type { Step } from "./step.ts";
import { copyIp4, copyIp6, copyMac, copyMplsLabel, copyU16, copyU32, copyU64, copyU8 } from "./copy.ts";
import { fallbackIp, fallbackMac, fallbackU16, fallbackU32, fallbackU8 } from "./copy-fallback.ts";
import type { Operand } from "./counting.ts";
import type { RecordContext } from "./record-context.ts";
import type { RowArrays } from "./row-arrays.ts";
import { copyDelta, copyDuration, copyNtp, copySeconds, copyUpTime, copyUpTimes } from "./times.ts";

/**
 * Runs steps over `n` records: the field of a step starts at `base` + its offset in the first record, records are
 * `stride` bytes apart, rows start at `row`. The switch runs once per field and set; the loops over records are in
 * copy.ts.
 */
export function runSteps(
  steps: readonly Step[],
  b: Uint8Array,
  base: number,
  stride: number,
  n: number,
  row: number,
  rows: RowArrays,
  context: RecordContext,
): void {
  for (let s = 0; s < steps.length; s++) {
    const step = steps[s]!;
    const o = base + step.offset;
    const { length, fallback } = step;
    switch (step.code) {
      case "u8":
        if (fallback) fallbackU8(b, o, stride, n, length, step.out as Uint8Array, row);
        else copyU8(b, o, stride, n, length, step.out as Uint8Array, row);
        break;
      case "u16":
        if (fallback) fallbackU16(b, o, stride, n, length, step.out as Uint16Array, row);
        else copyU16(b, o, stride, n, length, step.out as Uint16Array, row);
        break;
      case "u32":
        if (fallback) fallbackU32(b, o, stride, n, length, step.out as Uint32Array, row);
        else copyU32(b, o, stride, n, length, step.out as Uint32Array, row);
        break;
      case "u64":
        copyU64(b, o, stride, n, length, step.out as Uint32Array, row);
        break;
      case "ip4":
        if (fallback) fallbackIp(b, o, stride, n, 4, step.out as Uint32Array, row);
        else copyIp4(b, o, stride, n, step.out as Uint32Array, row);
        break;
      case "ip6":
        if (fallback) fallbackIp(b, o, stride, n, 16, step.out as Uint32Array, row);
        else copyIp6(b, o, stride, n, step.out as Uint32Array, row);
        break;
      case "mac":
        if (fallback) fallbackMac(b, o, stride, n, step.out as Uint32Array, row);
        else copyMac(b, o, stride, n, step.out as Uint32Array, row);
        break;
      case "mpls":
        copyMplsLabel(b, o, stride, n, step.out as Uint32Array, row);
        break;
      case "upTimes": {
        const { TimeStart, TimeEnd, TimeSource } = rows.columns;
        const { offset, length: endLength } = step.second!;
        const end = base + offset;
        copyUpTimes(
          b,
          o,
          length,
          end,
          endLength,
          bootAt(step, base),
          stride,
          n,
          TimeStart,
          TimeEnd,
          TimeSource,
          row,
          context,
        );
        break;
      }
      case "upTime":
        copyUpTime(b, o, bootAt(step, base), stride, n, length, step.out as Uint32Array, row, context);
        break;
      case "seconds":
        copySeconds(b, o, stride, n, step.out as Uint32Array, row);
        break;
      case "ntp":
        copyNtp(b, o, stride, n, step.out as Uint32Array, row);
        break;
      case "delta":
        copyDelta(b, o, stride, n, length, step.out as Uint32Array, row, context);
        break;
      case "duration": {
        const { TimeStart, TimeEnd, TimeSource } = rows.columns;
        copyDuration(b, o, stride, n, length, TimeStart, TimeEnd, TimeSource, row, step.perMs, context);
        break;
      }
      case "dscp":
        for (let i = 0, p = o; i < n; i++, p += stride) step.out[row + i] = b[p]! << 2;
        break;
      case "icmp":
        copyIcmp(b, o, stride, n, row, rows);
        break;
      case "otherCounters":
        copyOtherCounters(b, o, length, base, step.second, stride, n, row, rows);
        break;
      case "samplingSpace":
        copySamplingPair(b, base, step.second!, o, length, stride, n, row, step.out as Uint32Array);
        break;
      case "interfaceRate":
        lookUpInterface(n, row, rows, context);
        break;
      case "lineCardRate":
        lookUpLineCard(b, o, stride, n, length, row, rows, context);
        break;
      case "sampler":
        lookUpSampler(b, o, stride, n, length, row, rows, context);
        break;
    }
  }
}

/** Copies type and code of icmpTypeCode fields to rows where the one-byte fields set neither. */
function copyIcmp(b: Uint8Array, o: number, stride: number, n: number, row: number, rows: RowArrays): void {
  const { IcmpType, IcmpCode } = rows.columns;
  for (let i = 0, p = o; i < n; i++, p += stride) {
    const r = row + i;
    if (IcmpType[r] !== 0 || IcmpCode[r] !== 0) continue;
    IcmpType[r] = b[p]!;
    IcmpCode[r] = b[p + 1]!;
  }
}

/** Offset of the exporter's start in the first record, -1 where records have none. */
function bootAt({ boot }: Step, base: number): number {
  return boot === undefined ? -1 : base + boot.offset;
}

/** Copies the counters of the outgoing side to rows where those of the incoming one are both zero. */
function copyOtherCounters(
  b: Uint8Array,
  octets: number,
  octetsLength: number,
  base: number,
  packets: Operand | undefined,
  stride: number,
  n: number,
  row: number,
  rows: RowArrays,
): void {
  const { Bytes, Packets } = rows.columns;
  for (let i = 0, w = 2 * row, p = 0; i < n; i++, w += 2, p += stride) {
    if (Packets[w]! !== 0 || (Bytes[w]! | Bytes[w + 1]! | Packets[w + 1]!) !== 0) continue;
    copyU64(b, octets + p, stride, 1, octetsLength, Bytes, row + i);
    if (packets !== undefined) copyU64(b, base + packets.offset + p, stride, 1, packets.length, Packets, row + i);
  }
}

/**
 * Turns packet interval and space (RFC 5477) into a rate where the record has none: `interval` of every
 * `interval + space` packets were sampled.
 */
function copySamplingPair(
  b: Uint8Array,
  base: number,
  interval: Operand,
  space: number,
  spaceLength: number,
  stride: number,
  n: number,
  row: number,
  out: Uint32Array,
): void {
  const o = base + interval.offset;
  for (let i = 0, p = 0; i < n; i++, p += stride) {
    if (out[row + i] !== 0) continue;
    const sampled = readId(b, o + p, interval.length);
    const skipped = readId(b, space + p, spaceLength);
    if (sampled > 0) out[row + i] = Math.min(U32_MAX, Math.round((sampled + skipped) / sampled));
  }
}

const U32_MAX = 0xffffffff;

function readId(b: Uint8Array, o: number, length: number): number {
  let id = 0;
  for (let k = 0; k < length; k++) id = id * 256 + b[o + k]!;
  return id;
}

/** In SamplingSource until finishSampling: the row names a sampler of which nothing is known. */
export const UNKNOWN_SAMPLER = 255;

/** Gives rows the rate of the sampler that the record names. A rate in the record comes first. */
function lookUpSampler(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  length: number,
  row: number,
  rows: RowArrays,
  context: RecordContext,
): void {
  const { rates } = context;
  const { SamplingRate, SamplingSource } = rows.columns;
  for (let i = 0, p = o; i < n; i++, p += stride) {
    if (SamplingRate[row + i] !== 0) continue;
    const rate = rates.hasSamplers ? rates.sampler(readId(b, p, length)) : 0;
    SamplingRate[row + i] = rate;
    SamplingSource[row + i] = rate > 0 ? SAMPLING.options : UNKNOWN_SAMPLER;
  }
}

const EGRESS = 1;

/** Gives rows without a rate that of their interface: where the flow was observed. */
function lookUpInterface(n: number, row: number, rows: RowArrays, { rates }: RecordContext): void {
  if (!rates.hasInterfaces) return;
  const { SamplingRate, SamplingSource, Direction, InIf, OutIf } = rows.columns;
  for (let i = row; i < row + n; i++) {
    if (SamplingRate[i] !== 0) continue;
    const rate = rates.interface(Direction[i] === EGRESS ? OutIf[i]! : InIf[i]!);
    if (rate === 0) continue;
    SamplingRate[i] = rate;
    SamplingSource[i] = SAMPLING.options;
  }
}

/** Gives rows without a rate that of the line card that the record names. */
function lookUpLineCard(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  length: number,
  row: number,
  rows: RowArrays,
  { rates }: RecordContext,
): void {
  if (!rates.hasLineCards) return;
  const { SamplingRate, SamplingSource } = rows.columns;
  for (let i = 0, p = o; i < n; i++, p += stride) {
    if (SamplingRate[row + i] !== 0) continue;
    const rate = rates.lineCard(readId(b, p, length));
    if (rate === 0) continue;
    SamplingRate[row + i] = rate;
    SamplingSource[row + i] = SAMPLING.options;
  }
}
