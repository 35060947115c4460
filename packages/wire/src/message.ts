import type { MalformedCode } from "./errors.ts";
import type { Template } from "./template/template.ts";

/** Flow export versions by the number in their first two bytes. */
export type FlowVersion = 1 | 5 | 7 | 9 | 10;

/**
 * What every message header says, in one shape so that one object serves all datagrams. Integers are as sent; fields a
 * version does not have are 0.
 */
export interface MessageHeader {
  version: FlowVersion;
  /** Records (v1, v5, v7), records and templates (v9), 0 for IPFIX. */
  count: number;
  /** Bytes of the message: what the header says or the version implies; v9 has no length and takes all there is. */
  length: number;
  /** Milliseconds since the exporter started (v1 to v9), modulo 2^32. */
  sysUpTimeMs: number;
  /** Unix seconds when the message was made. */
  exportSeconds: number;
  /** Nanoseconds to add to `exportSeconds` (v1, v5, v7). */
  exportNanoseconds: number;
  /** flowSequence (v5, v7), package sequence (v9), sequence number (IPFIX); 0 in v1. */
  sequence: number;
  /** Source id (v9), observation domain (IPFIX), engine type * 256 + engine id (v5), 0 otherwise. */
  domain: number;
  /** Two bits of sampling mode (v5). */
  samplingMode: number;
  /** 14 bits of sampling interval (v5). */
  samplingInterval: number;
}

/** A header with nothing in it. */
export function newMessageHeader(): MessageHeader {
  return {
    version: 5,
    count: 0,
    length: 0,
    sysUpTimeMs: 0,
    exportSeconds: 0,
    exportNanoseconds: 0,
    sequence: 0,
    domain: 0,
    samplingMode: 0,
    samplingInterval: 0,
  };
}

/**
 * Receives the parts of a message in the order they are on the wire. Offsets count from the start of the byte array the
 * decoder was given. Nothing is kept by the decoder after a call returns, and it copies nothing.
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
  /** The records of v1, v5 or v7: whole records of a fixed layout. */
  records(layout: Template, start: number, end: number): void;
  /** Something was refused. What came before stands; decoding goes on where the bytes allow it. */
  malformed(code: MalformedCode, offset: number): void;
}

/**
 * A decoder of one version: reads `bytes[start, end)` into `header` and calls `sink`. Never throws, never reads outside
 * the range, allocates only for templates.
 */
export type MessageDecoder = (
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
) => void;
