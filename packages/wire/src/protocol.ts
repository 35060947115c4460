import type { MalformedCode } from "./errors.ts";
import type { Template } from "./template/template.ts";

/** A counter's name, and what it counts in one sentence. */
export type ProtocolCounter = readonly [name: string, help: string];

/** An export protocol: a row of PROTOCOLS. */
export interface Protocol {
  /**
   * What the column `Version` of a flow row holds, 1 to 255, never given to another protocol. NetFlow and IPFIX have
   * the version number of their headers (1, 5, 7, 9, 10). Protocols with their own version numbers begin at 100: sFlow
   * v5 is 105.
   */
  readonly number: number;
  /** The version the protocol gives itself, as `decode` prints it. */
  readonly version: number;
  /** Name in options and in the output of `decode`. */
  readonly name: string;
  /** Name in prose. */
  readonly label: string;
  /** UDP port that exporters send to by default. */
  readonly port: number;
  /**
   * Whether `bytes[start, end)` is a datagram of this protocol, judged by its first bytes; false when there are too
   * few. No two rows recognise the same bytes.
   */
  readonly matches: (bytes: Uint8Array, start: number, end: number) => boolean;
  readonly decode: MessageDecoder;
  /**
   * The end of the datagram at `start` in a file where datagrams follow one another without a frame; it may be past the
   * end of the file. `begins` says whether a datagram of a known protocol begins at an offset. Absent where only the
   * end of the file ends a datagram.
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
 * The header of a datagram, in one shape for all protocols, so that one object serves all datagrams. Integers are as
 * sent. A field that a protocol lacks is 0; where 0 could be a value, the protocol's row says whether it has the field.
 */
export interface MessageHeader {
  protocol: Protocol;
  /** Records (NetFlow v1, v5, v7), records and templates (v9), samples (sFlow); 0 where the header does not say. */
  count: number;
  /** Bytes of the message: as the header says or its count implies, else all bytes present. */
  length: number;
  /** Milliseconds since the exporter started, modulo 2^32; 0 in protocols without uptime. */
  sysUpTimeMs: number;
  /** Unix seconds when the message was made; only where the protocol has an export time. */
  exportSeconds: number;
  /** Nanoseconds to add to `exportSeconds`. */
  exportNanoseconds: number;
  /** Sequence number; what it counts is in the protocol's row. */
  sequence: number;
  /** Part of an exporter: source id, observation domain, engine or sub-agent; the protocol's row says which. */
  domain: number;
  /** Offset and length of the exporter's own address in the datagram; the length is 4, 16, or 0 for none. */
  agentOffset: number;
  agentLength: number;
  /** Two bits of sampling mode of all records of the message (NetFlow v5). */
  samplingMode: number;
  /**
   * Sampling interval N of 1 in N packets, for all records of the message (NetFlow v5); 0 when the header does not say.
   */
  samplingInterval: number;
}

/**
 * Receives the parts of a message in the order in which they are on the wire. Offsets count from the start of the byte
 * array that the decoder was given. The decoder keeps nothing after a call returns.
 *
 * `flows`, `options`, `discards` and `counters` receive whole records of a layout that the decoder knows, in
 * `bytes[start, end)`.
 * The bytes are those of the datagram if they have the layout, else a buffer in which the decoder arranged the values.
 * The layout object is the same in every call, so that values derived from it can be kept.
 */
export interface MessageSink {
  /**
   * The header was read; called once, before all other calls except a `malformed` for the header itself. False ends the
   * message: the decoder makes no further call.
   */
  header(header: MessageHeader): boolean;
  /** A template or options template, complete and checked. */
  template(template: Template, offset: number): void;
  /** An IPFIX withdrawal of one template id, or of all (2) or all options templates (3), RFC 7011 section 8.1. */
  withdrawal(id: number, offset: number): void;
  /** The body of a data set (v9, IPFIX) whose template has this id: `bytes[start, end)`, padding included. */
  data(templateId: number, start: number, end: number): void;
  /** Flow records. */
  flows(layout: Template, bytes: Uint8Array, start: number, end: number): void;
  /** Records about the exporter, such as its sampling. */
  options(layout: Template, bytes: Uint8Array, start: number, end: number): void;
  /** Records of packets that the exporter did not forward; they are no traffic. */
  discards(layout: Template, bytes: Uint8Array, start: number, end: number): void;
  /** Records of counters, such as those of an interface; one in each call if the layout is of variable length. */
  counters(layout: Template, bytes: Uint8Array, start: number, end: number): void;
  /** The decoder adds `by` to the counter at this position of its protocol's counters, from 1: 0 counts datagrams. */
  count(position: number, by: number): void;
  /** A part was refused. The parts before it stay valid, and decoding goes on where that is possible. */
  malformed(code: MalformedCode, offset: number): void;
}

/**
 * A decoder of one protocol: reads `bytes[start, end)` into `header` and calls `sink`. It writes the fields of the
 * header that its protocol has. The header it is given is one of its protocol, so the other fields are 0. Never throws,
 * never reads outside the range, allocates only for templates.
 */
export type MessageDecoder = (
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
) => void;
