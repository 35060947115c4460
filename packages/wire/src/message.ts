import { formatIpv4, formatIpv6 } from "@ngflow/base";
import type { MalformedCode } from "./errors.ts";
import type { Protocol } from "./protocol.ts";
import type { Template } from "./template/template.ts";

/**
 * What the header of a datagram says, in one shape so that one object serves all datagrams. Integers are as sent; what a
 * protocol does not have is 0, and its row in the protocol table says so where 0 could be a value.
 */
export interface MessageHeader {
  protocol: Protocol;
  /** Records (NetFlow v1, v5, v7), records and templates (v9), samples (sFlow); 0 where the header does not say. */
  count: number;
  /** Bytes of the message: what the header says or its count implies, else all bytes there are. */
  length: number;
  /** Milliseconds since the exporter started, modulo 2^32; 0 in protocols without uptime. */
  sysUpTimeMs: number;
  /** Unix seconds when the message was made; only where the protocol has an export time. */
  exportSeconds: number;
  /** Nanoseconds to add to `exportSeconds`. */
  exportNanoseconds: number;
  /** Sequence number; what it counts is in the protocol's row. */
  sequence: number;
  /** What one exporter is divided into: source id, observation domain, engine, sub-agent; the protocol's row has the word. */
  domain: number;
  /** Where the address by which the exporter calls itself is in the datagram, and its length: 4, 16, or 0 for none. */
  agentOffset: number;
  agentLength: number;
  /** Two bits of sampling mode of all records of the message (NetFlow v5). */
  samplingMode: number;
  /** One packet of how many was taken, for all records of the message (NetFlow v5); 0 when the header does not say. */
  samplingInterval: number;
}

/** A header of a protocol with nothing in it. */
export function newMessageHeader(protocol: Protocol): MessageHeader {
  return { protocol, ...EMPTY };
}

/** Makes a header one of another protocol, with nothing in it. */
export function clearMessageHeader(header: MessageHeader, protocol: Protocol): void {
  Object.assign(header, EMPTY);
  header.protocol = protocol;
}

const EMPTY = {
  count: 0,
  length: 0,
  sysUpTimeMs: 0,
  exportSeconds: 0,
  exportNanoseconds: 0,
  sequence: 0,
  domain: 0,
  agentOffset: 0,
  agentLength: 0,
  samplingMode: 0,
  samplingInterval: 0,
};

/** The address by which the exporter calls itself, as text; empty when the header has none. */
export function agentOf(header: MessageHeader, bytes: Uint8Array): string {
  const { agentOffset, agentLength } = header;
  if (agentLength === 0) return "";
  return agentLength === 4 ? formatIpv4(bytes, agentOffset) : formatIpv6(bytes, agentOffset);
}

/**
 * Receives the parts of a message in the order they are on the wire. Offsets count from the start of the byte array the
 * decoder was given. Nothing is kept by the decoder after a call returns.
 *
 * `flows`, `options` and `counters` receive whole records of a layout that the decoder knows, in `bytes[start, end)`. The
 * bytes are those of the datagram where it has the layout, else a buffer in which the decoder arranged the values; the
 * layout object stays the same from call to call, so that what is derived from it can be kept.
 */
export interface MessageSink {
  /** The header was read; called once, before everything but a `malformed` of the header itself. */
  header(header: MessageHeader): void;
  /** A template or options template, complete and sane. */
  template(template: Template, offset: number): void;
  /** An IPFIX withdrawal of one template id, or of all (2) or all options templates (3), RFC 7011 section 8.1. */
  withdrawal(id: number, offset: number): void;
  /** The body of a data set (v9, IPFIX) whose template has this id: `bytes[start, end)`, padding included. */
  data(templateId: number, start: number, end: number): void;
  /** Flow records. */
  flows(layout: Template, bytes: Uint8Array, start: number, end: number): void;
  /** Records about the exporter, such as its sampling. */
  options(layout: Template, bytes: Uint8Array, start: number, end: number): void;
  /** Records of counters, such as those of an interface; of fixed length. */
  counters(layout: Template, bytes: Uint8Array, start: number, end: number): void;
  /** The decoder adds `by` to the counter at this position of its protocol's counters, from 1: 0 counts datagrams. */
  count(position: number, by: number): void;
  /** Something was refused. What came before stands; decoding goes on where the bytes allow it. */
  malformed(code: MalformedCode, offset: number): void;
}

/**
 * A decoder of one protocol: reads `bytes[start, end)` into `header` and calls `sink`. It writes those fields of the header
 * that its protocol has: a header that is handed to it is of this protocol, so the others are 0. Never throws, never reads outside the range, allocates only for templates.
 */
export type MessageDecoder = (
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
) => void;
