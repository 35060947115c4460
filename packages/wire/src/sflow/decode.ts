import { u32be } from "@ngflow/base";
import type { MessageHeader, MessageSink } from "../protocol.ts";
import { ArrangedRecords, type TakeRecords } from "./arranged.ts";
import * as common from "./common-groups.ts";
import { COUNTER_GROUPS, COUNTER_RECORDS, counters } from "./counter-groups.ts";
import { FLOW_RECORDS } from "./flow-records.ts";
import { sample } from "./flow-sample.ts";
import { RARE_GROUPS } from "./rare-groups.ts";
import { LIST_BYTES_MAX, XdrReader } from "./values.ts";

/** The version of sFlow that is decoded. */
export const SFLOW_VERSION = 5;

/** Positions of the protocol's counters; 0 counts datagrams. */
const COUNT = { flowSamples: 1, counterSamples: 2, discarded: 3, samplesSkipped: 4, recordsSkipped: 5 } as const;

/** All fixed fields of a record with every group take less than 512 bytes; 16 fields are lists. */
const RECORD_BYTES = 512 + 16 * (LIST_BYTES_MAX + 3);

const flows = new ArrangedRecords(common.COMMON_GROUPS, RARE_GROUPS, common.ESSENTIAL, RECORD_BYTES);
const discards = new ArrangedRecords(common.COMMON_GROUPS, RARE_GROUPS, common.ESSENTIAL, RECORD_BYTES);
const counts = new ArrangedRecords(COUNTER_GROUPS, [], -1, 512 + LIST_BYTES_MAX);
/** Readers of the datagram, of a sample in it, and of a record in that. */
const x = new XdrReader();
const inner = new XdrReader();
const record = new XdrReader();

/** Format and length of a sample. */
const SAMPLE_HEADER_BYTES = 8;

let to: MessageSink;
/** Whether the datagram ends in the current sample, which was counted: without a whole record it is none. */
let isCut = false;
/** Records of the current sample that are whole. */
let wholeRecords = 0;
const takeFlows: TakeRecords = (layout, bytes, start, end) => to.flows(layout, bytes, start, end);
const takeDiscards: TakeRecords = (layout, bytes, start, end) => to.discards(layout, bytes, start, end);
const takeCounters: TakeRecords = (layout, bytes, start, end) => to.counters(layout, bytes, start, end);

/** Whether `bytes[start, end)` is an sFlow datagram: a version of 32 bits, and an agent address of a known type. */
export function isSflow(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 8 || u32be(bytes, start) !== SFLOW_VERSION) return false;
  const type = u32be(bytes, start + 4);
  return type === 1 || type === 2;
}

/**
 * Decodes one sFlow version 5 datagram (a MessageDecoder). Network byte order. The samples are arranged as records of
 * IANA's elements. What is unreadable or unknown in a sample does not hide the other samples, nor its other records.
 * Source: https://sflow.org/sflow_version_5.txt.
 */
export function decodeSflow(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
): void {
  x.read(bytes, start + 4, end);
  const addressBytes = x.u32() === 1 ? 4 : 16;
  header.agentLength = addressBytes;
  header.agentOffset = x.skip(addressBytes);
  header.domain = x.u32();
  header.sequence = x.u32();
  header.sysUpTimeMs = x.u32();
  header.count = x.u32();
  header.length = end - start;
  if (!x.ok) {
    sink.malformed("header-short", start);
    return;
  }
  if (!sink.header(header)) return;
  to = sink;
  for (const each of [flows, discards, counts]) each.begin();
  let left = header.count;
  for (; left > 0 && x.at < end; left--) {
    const at = x.at;
    const format = x.u32();
    const length = x.u32();
    const from = x.at;
    x.skip(length);
    if (!x.ok) {
      sink.malformed("sample-length", at);
      isCut = true;
      if (at + SAMPLE_HEADER_BYTES <= end) readSample(bytes, at + SAMPLE_HEADER_BYTES, end, format);
      isCut = false;
      break;
    }
    readSample(bytes, from, from + length, format);
  }
  flows.flush(takeFlows);
  discards.flush(takeDiscards);
  if (!x.ok) return;
  if (left > 0) sink.malformed("count-invalid", start);
  else if (x.at < end) sink.malformed("trailing-bytes", x.at);
}

function readSample(bytes: Uint8Array, start: number, end: number, format: number): void {
  inner.read(bytes, start, end);
  if (format === 1 || format === 3) readFlowSample(format === 3);
  else if (format === 2 || format === 4) readCounterSample(format === 4);
  else if (format === 5) readDiscard();
  else to.count(COUNT.samplesSkipped, 1);
}

function readSource(expanded: boolean, into: { sourceType: number; sourceIndex: number }): void {
  const first = inner.u32();
  into.sourceType = expanded ? first & 0xff : first >>> 24;
  into.sourceIndex = expanded ? inner.u32() : first & 0xff_ffff;
}

/** The number of an interface that there is not: the packet began or ended in the agent itself (sFlow version 5). */
const NO_INTERFACE = 0x3fff_ffff;

function readFlowSample(expanded: boolean): void {
  const { at } = inner;
  sample.present = common.SAMPLED;
  sample.extras = 0;
  sample.sequence = inner.u32();
  readSource(expanded, sample);
  sample.rate = inner.u32();
  sample.pool = inner.u32();
  sample.drops = inner.u32();
  const input = inner.u32();
  const inputFormat = expanded ? input : input >>> 30;
  sample.input = expanded ? inner.u32() : input & 0x3fff_ffff;
  const output = inner.u32();
  const outputFormat = expanded ? output : output >>> 30;
  sample.output = expanded ? inner.u32() : output & 0x3fff_ffff;
  if (inputFormat === 0 && sample.input !== NO_INTERFACE) sample.present |= common.INPUT;
  if (outputFormat === 0 && sample.output !== NO_INTERFACE) sample.present |= common.OUTPUT;
  else if (outputFormat === 1) sample.present |= common.OUTPUT_DROPPED;
  else if (outputFormat === 2) sample.present |= common.OUTPUT_MANY;
  if (!readFlowRecords(at)) return;
  to.count(COUNT.flowSamples, 1);
  flows.add(inner.bytes, sample.present, sample.extras, takeFlows);
}

/** A packet that was not forwarded: https://sflow.org/sflow_drops.txt. */
function readDiscard(): void {
  const { at } = inner;
  sample.present = common.DISCARDED | common.INPUT | common.OUTPUT;
  sample.extras = 0;
  sample.sequence = inner.u32();
  readSource(true, sample);
  sample.drops = inner.u32();
  sample.input = inner.u32();
  sample.output = inner.u32();
  if (sample.input === NO_INTERFACE) sample.present ^= common.INPUT;
  if (sample.output === NO_INTERFACE) sample.present ^= common.OUTPUT;
  sample.dropReason = inner.u32();
  if (!readFlowRecords(at)) return;
  to.count(COUNT.discarded, 1);
  discards.add(inner.bytes, sample.present, sample.extras, takeDiscards);
}

/** Reads the records of a sample. False when the sample itself is cut. */
function readFlowRecords(sampleAt: number): boolean {
  return eachRecord(sampleAt, readFlowRecord);
}

function readFlowRecord(format: number): void {
  const read = FLOW_RECORDS.get(format);
  if (read === undefined) to.count(COUNT.recordsSkipped, 1);
  else if (!read(record)) to.malformed("sample-record", record.at);
}

function readCounterSample(expanded: boolean): void {
  const { at } = inner;
  counters.sequence = inner.u32();
  readSource(expanded, counters);
  counters.present = 1;
  if (!eachRecord(at, readCounterRecord)) return;
  to.count(COUNT.counterSamples, 1);
  counts.add(inner.bytes, counters.present, 0, takeCounters);
  counts.flush(takeCounters);
}

function readCounterRecord(format: number): void {
  const read = COUNTER_RECORDS.get(format);
  if (read === undefined) {
    to.count(COUNT.recordsSkipped, 1);
    return;
  }
  const bit = read(record);
  if (bit === 0) to.malformed("sample-record", record.at);
  counters.present |= bit;
}

/**
 * Calls `read` with the format of each record; `record` has its bytes. A sample that ends inside a record keeps the
 * records before it. False when it ends before its records, or with the datagram before the first of them ended.
 */
function eachRecord(sampleAt: number, read: (format: number) => void): boolean {
  const records = inner.u32();
  if (!inner.ok) {
    if (!isCut) to.malformed("sample-length", sampleAt);
    return false;
  }
  wholeRecords = 0;
  for (let i = 0; i < records; i++) {
    const { at } = inner;
    const format = inner.u32();
    const length = inner.u32();
    const from = inner.skip(length);
    if (!inner.ok) {
      if (!isCut) to.malformed("sample-record", at);
      break;
    }
    record.read(inner.bytes, from, from + length);
    read(format);
    wholeRecords++;
  }
  return wholeRecords > 0 || !isCut;
}
