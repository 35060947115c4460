import type { MalformedCode } from "./errors.ts";
import type { Template } from "./template/template.ts";

/** A counter's name, and what it counts in one sentence. */
export type ProtocolCounter = readonly [name: string, help: string];

/** An export protocol: a row of PROTOCOLS. */
export interface Protocol {
  /**
   * What the column `Version` of a flow row holds, 1 to 255, never given to another protocol. NetFlow and IPFIX have the
   * version number of their headers (1, 5, 7, 9, 10). Protocols that number their versions on their own begin at 100:
   * sFlow v5 is 105.
   */
  readonly number: number;
  /** The version the protocol gives itself, as `decode` prints it. */
  readonly version: number;
  /** The word in options and in lines of `decode`. */
  readonly name: string;
  /** The name in texts. */
  readonly label: string;
  /** UDP port that exporters send to by default. */
  readonly port: number;
  /**
   * Whether `bytes[start, end)` is a datagram of this protocol, by its first bytes; false when they are too few. No two
   * rows recognise the same bytes.
   */
  readonly matches: (bytes: Uint8Array, start: number, end: number) => boolean;
  readonly decode: MessageDecoder;
  /**
   * The end of the datagram at `start` in a file where datagrams follow one another without a frame; it may be past the
   * end of the file. `begins` tells whether a datagram of a known protocol begins at an offset. Absent where only the end
   * of the file ends a datagram.
   */
  readonly end?: (bytes: Uint8Array, start: number, begins: (at: number) => boolean) => number;
  /** Whether the header has an export time; otherwise the time of arrival takes its place. */
  readonly exportTime: boolean;
  /** What `domain` of the header is; null where there are no domains. */
  readonly domain: string | null;
  /** What sequence numbers count, per domain where there are domains; null where there are none. */
  readonly sequence: "records" | "flows" | "datagrams" | null;
  /** Facts of the header that hold for every record of the message, by the names `decode` prints them under. */
  readonly facts?: (header: MessageHeader) => Readonly<Record<string, number>>;
  /** Counters that the protocol adds to the collector's: its datagrams first, then those its decoder counts. */
  readonly counters: readonly [datagrams: ProtocolCounter, ...more: ProtocolCounter[]];
}

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
