import { SAMPLING } from "@ngflow/flows";
import type { Step } from "./column-plan.ts";
import { copyIp4, copyIp6, copyMac, copyMplsLabel, copyU16, copyU32, copyU64, copyU8 } from "./copy.ts";
import { fallbackIp, fallbackMac, fallbackU16, fallbackU8 } from "./copy-fallback.ts";
import type { RecordContext } from "./record-context.ts";
import type { RowArrays } from "./row-arrays.ts";
import { addMs, copyDelta, copyDuration, copyNtp, copySeconds, copyUpTime } from "./times.ts";

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
        copyU32(b, o, stride, n, length, step.out as Uint32Array, row);
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
      case "upTime":
        copyUpTime(b, o, stride, n, step.out as Uint32Array, row, context);
        break;
      case "addMs":
        addMs(b, o, stride, n, step.out as Uint32Array, row);
        break;
      case "seconds":
        copySeconds(b, o, stride, n, step.out as Uint32Array, row);
        break;
      case "ntp":
        copyNtp(b, o, stride, n, step.out as Uint32Array, row);
        break;
      case "delta":
        copyDelta(b, o, stride, n, step.out as Uint32Array, row, context);
        break;
      case "duration":
        copyDuration(b, o, stride, n, step.out as Uint32Array, row, step.from!, step.sign!, step.perMs!);
        break;
      case "dscp":
        for (let i = 0, p = o; i < n; i++, p += stride) step.out[row + i] = b[p]! << 2;
        break;
      case "icmp":
        copyIcmp(b, o, stride, n, row, rows);
        break;
      case "samplingSpace":
        addSamplingSpace(b, o, stride, n, row, step.out as Uint32Array);
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

/**
 * Turns packet interval and space (RFC 5477) into a rate: `interval` of every `interval + space` packets were sampled.
 */
function addSamplingSpace(b: Uint8Array, o: number, stride: number, n: number, row: number, out: Uint32Array): void {
  for (let i = 0, p = o; i < n; i++, p += stride) {
    const interval = out[row + i]!;
    const space = ((b[p]! << 24) | (b[p + 1]! << 16) | (b[p + 2]! << 8) | b[p + 3]!) >>> 0;
    if (interval > 0) out[row + i] = Math.min(0xffffffff, Math.round((interval + space) / interval));
  }
}

/**
 * Copies the rate of the sampler that a record names, from the exporter's options, unless the record has a rate itself.
 */
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
  if (context.samplers.size === 0) return;
  const { SamplingRate, SamplingSource } = rows.columns;
  for (let i = 0, p = o; i < n; i++, p += stride) {
    if (SamplingRate[row + i] !== 0) continue;
    let id = 0;
    for (let k = 0; k < length; k++) id = id * 256 + b[p + k]!;
    const rate = context.samplers.get(id);
    if (rate === undefined) continue;
    SamplingRate[row + i] = rate;
    SamplingSource[row + i] = SAMPLING.options;
  }
}
