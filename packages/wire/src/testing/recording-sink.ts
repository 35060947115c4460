import type { MalformedCode } from "../errors.ts";
import { newMessageHeader } from "../message-header.ts";
import { readRecord, type RecordReading } from "../record/read-record.ts";
import type { MessageHeader, MessageSink, Protocol } from "../protocol.ts";
import type { Template } from "../template/template.ts";
import { decodeMessage, PROTOCOLS } from "../protocols.ts";

/** What a decoder said about one datagram, with records read as soon as their template is known. */
export class RecordingSink implements MessageSink {
  headers: MessageHeader[] = [];
  templates: Template[] = [];
  withdrawals: number[] = [];
  unknown: number[] = [];
  readings: RecordReading[] = [];
  errors: { code: MalformedCode; offset: number }[] = [];
  /** Additions to the counters of the protocol, by position. */
  counts: number[] = [];
  /** Records of counters. */
  samples: RecordReading[] = [];
  /** Records of discarded packets. */
  discarded: RecordReading[] = [];
  readonly known = new Map<number, Template>();
  readonly #protocols: readonly Protocol[];
  #bytes = new Uint8Array(0);

  constructor(protocols: readonly Protocol[] = PROTOCOLS) {
    this.#protocols = protocols;
  }

  decode(bytes: Uint8Array): this {
    this.#bytes = new Uint8Array(bytes);
    decodeMessage(bytes, 0, bytes.length, newMessageHeader(this.#protocols[0]!), this, this.#protocols);
    return this;
  }

  header(header: MessageHeader): boolean {
    this.headers.push({ ...header });
    return true;
  }

  template(template: Template): void {
    this.templates.push(template);
    this.known.set(template.id, template);
  }

  withdrawal(id: number): void {
    this.withdrawals.push(id);
    this.known.delete(id);
  }

  data(templateId: number, start: number, end: number): void {
    const template = this.known.get(templateId);
    if (template === undefined) this.unknown.push(templateId);
    else this.flows(template, this.#bytes, start, end);
  }

  flows(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#read(layout, bytes, start, end, this.readings);
  }

  options(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#read(layout, bytes, start, end, this.readings);
  }

  discards(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#read(layout, bytes, start, end, this.discarded);
  }

  counters(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#read(layout, bytes, start, end, this.samples);
  }

  count(position: number, by: number): void {
    this.counts[position] = (this.counts[position] ?? 0) + by;
  }

  #read(layout: Template, bytes: Uint8Array, start: number, end: number, into: RecordReading[]): void {
    if (start < 0 || end > bytes.length || start > end) throw new RangeError("range outside the bytes");
    let o = start;
    while (end - o >= layout.minLength) {
      const record = readRecord(bytes, o, end, layout);
      if (record === undefined) {
        this.malformed("record-truncated", o);
        return;
      }
      if (record.next <= o) throw new RangeError("a record of no length");
      into.push(record);
      o = record.next;
    }
  }

  malformed(code: MalformedCode, offset: number): void {
    if (offset < 0 || offset > this.#bytes.length) throw new RangeError("offset outside the datagram");
    this.errors.push({ code, offset });
  }

  get fields(): readonly object[] {
    return this.readings.map((record) => record.fields);
  }
}
