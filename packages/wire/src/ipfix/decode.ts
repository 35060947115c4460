import { u16be, u32be } from "@ngflow/base";
import type { MessageHeader, MessageSink } from "../protocol.ts";
import { allZero, MIN_TEMPLATE_ID, SET_HEADER_LENGTH, zeroTail } from "../set.ts";
import { checkTemplate } from "../template/check-template.ts";
import { type FieldSpecifier, fieldSpecifier, newTemplate } from "../template/template.ts";
import { IPFIX_HEADER_LENGTH, IPFIX_OPTIONS_SET, IPFIX_TEMPLATE_SET } from "./layout.ts";

/**
 * Decodes an IPFIX message (a MessageDecoder). Of a message or set that is longer than what is there, what is there is
 * read.
 */
export function decodeIpfix(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
): void {
  if (end - start < IPFIX_HEADER_LENGTH) {
    sink.malformed("header-short", start);
    return;
  }
  const length = u16be(bytes, start + 2);
  if (length < IPFIX_HEADER_LENGTH) {
    sink.malformed("length-invalid", start + 2);
    return;
  }
  header.length = length;
  header.exportSeconds = u32be(bytes, start + 4);
  header.sequence = u32be(bytes, start + 8);
  header.domain = u32be(bytes, start + 12);
  if (!sink.header(header)) return;
  const stop = Math.min(end, start + length);
  if (stop < start + length) sink.malformed("length-invalid", start + 2);
  let o = start + IPFIX_HEADER_LENGTH;
  while (stop - o >= SET_HEADER_LENGTH) {
    const id = u16be(bytes, o);
    const setLength = u16be(bytes, o + 2);
    const cut = setLength > stop - o;
    if (setLength < SET_HEADER_LENGTH || (cut && allZero(bytes, o, stop))) {
      if (!allZero(bytes, o, stop)) sink.malformed("set-length", o);
      return;
    }
    const body = o + SET_HEADER_LENGTH;
    const next = cut ? stop : o + setLength;
    if (id === IPFIX_TEMPLATE_SET || id === IPFIX_OPTIONS_SET) readTemplates(bytes, body, next, id, sink);
    else if (id < MIN_TEMPLATE_ID) sink.malformed("set-reserved", o);
    else sink.data(id, body, next);
    if (cut) sink.malformed("set-length", o);
    o = next;
  }
  if (!allZero(bytes, o, stop)) sink.malformed("trailing-bytes", o);
  else if (stop < end && !allZero(bytes, stop, end)) sink.malformed("trailing-bytes", stop);
}

/**
 * Template set or options template set, RFC 7011 section 3.4: id(2) fieldCount(2) [scopeFieldCount(2)], then fields of
 * id(2) length(2) and, with the enterprise bit set, enterprise number(4). A field count of 0 is a withdrawal.
 */
function readTemplates(bytes: Uint8Array, start: number, end: number, setId: number, sink: MessageSink): void {
  const options = setId === IPFIX_OPTIONS_SET;
  const padding = zeroTail(bytes, start, end);
  let o = start;
  while (end - o >= 4) {
    const id = u16be(bytes, o);
    const count = u16be(bytes, o + 2);
    if (o >= padding) return;
    if (count === 0) {
      if (id === setId || id >= MIN_TEMPLATE_ID) sink.withdrawal(id, o);
      else sink.malformed("template-id", o);
      o += 4;
      continue;
    }
    if (options && end - o < 6) {
      sink.malformed("template-truncated", o);
      return;
    }
    const scopeCount = options ? u16be(bytes, o + 4) : 0;
    const fields: FieldSpecifier[] = [];
    const next = readFields(bytes, options ? o + 6 : o + 4, end, count, fields);
    if (next < 0) {
      sink.malformed("template-truncated", o);
      return;
    }
    const template = newTemplate(id, fields, scopeCount, options);
    const wrong = checkTemplate(template);
    if (wrong === undefined) sink.template(template, o);
    else sink.malformed(wrong, o);
    o = next;
  }
}

/** Appends `count` field specifiers from `start`; the offset after them, -1 when they do not fit before `end`. */
function readFields(bytes: Uint8Array, start: number, end: number, count: number, fields: FieldSpecifier[]): number {
  let o = start;
  for (let i = 0; i < count; i++) {
    if (end - o < 4) return -1;
    const id = u16be(bytes, o);
    const length = u16be(bytes, o + 2);
    o += 4;
    if (id < 0x8000) {
      fields.push(fieldSpecifier(0, id, length));
      continue;
    }
    if (end - o < 4) return -1;
    fields.push(fieldSpecifier(u32be(bytes, o), id & 0x7fff, length));
    o += 4;
  }
  return o;
}
