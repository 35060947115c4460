import { u16be, u32be } from "@ngflow/base";
import type { MessageHeader, MessageSink } from "../protocol.ts";
import { allZero, MIN_TEMPLATE_ID, SET_HEADER_LENGTH, zeroTail } from "../set.ts";
import { checkTemplate } from "../template/check-template.ts";
import { type FieldSpecifier, fieldSpecifier, newTemplate, V9_SCOPE_PEN } from "../template/template.ts";
import { V9_HEADER_LENGTH, V9_OPTIONS_SET, V9_TEMPLATE_SET } from "./layout.ts";

/**
 * Decodes a NetFlow v9 datagram (a MessageDecoder). The record count of the header is not believed: exporters disagree
 * about what it counts. A zero-filled tail is padding. Of a set that is longer than what is left of the datagram, what
 * is there is read.
 */
export function decodeV9(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
): void {
  if (end - start < V9_HEADER_LENGTH) {
    sink.malformed("header-short", start);
    return;
  }
  header.count = u16be(bytes, start + 2);
  header.length = end - start;
  header.sysUpTimeMs = u32be(bytes, start + 4);
  header.exportSeconds = u32be(bytes, start + 8);
  header.sequence = u32be(bytes, start + 12);
  header.domain = u32be(bytes, start + 16);
  if (!sink.header(header)) return;
  let o = start + V9_HEADER_LENGTH;
  while (end - o >= SET_HEADER_LENGTH) {
    const id = u16be(bytes, o);
    const length = u16be(bytes, o + 2);
    const cut = length > end - o;
    if (length < SET_HEADER_LENGTH || (cut && allZero(bytes, o, end))) {
      if (!allZero(bytes, o, end)) sink.malformed("set-length", o);
      return;
    }
    const body = o + SET_HEADER_LENGTH;
    const next = cut ? end : o + length;
    if (id === V9_TEMPLATE_SET) readTemplates(bytes, body, next, sink);
    else if (id === V9_OPTIONS_SET) readOptionsTemplates(bytes, body, next, sink);
    else if (id < MIN_TEMPLATE_ID) sink.malformed("set-reserved", o);
    else sink.data(id, body, next);
    if (cut) sink.malformed("set-length", o);
    o = next;
  }
  if (!allZero(bytes, o, end)) sink.malformed("trailing-bytes", o);
}

/** Template flowset: templates of id(2) fieldCount(2) and that many type(2) length(2), RFC 3954 section 5.2. */
function readTemplates(bytes: Uint8Array, start: number, end: number, sink: MessageSink): void {
  const padding = zeroTail(bytes, start, end);
  let o = start;
  while (end - o >= 4) {
    const id = u16be(bytes, o);
    const count = u16be(bytes, o + 2);
    if (o >= padding) return;
    if (count * 4 > end - o - 4) {
      sink.malformed("template-truncated", o);
      return;
    }
    const fields: FieldSpecifier[] = [];
    for (let i = 0; i < count; i++) {
      fields.push(fieldSpecifier(0, u16be(bytes, o + 4 + 4 * i), u16be(bytes, o + 6 + 4 * i)));
    }
    deliver(id, fields, 0, false, o, sink);
    o += 4 + 4 * count;
  }
}

/** Options template flowset: id(2) scopeLength(2) optionLength(2), both in bytes, then fields, RFC 3954 section 6.1. */
function readOptionsTemplates(bytes: Uint8Array, start: number, end: number, sink: MessageSink): void {
  const padding = zeroTail(bytes, start, end);
  let o = start;
  while (end - o >= 6) {
    const id = u16be(bytes, o);
    const scopeLength = u16be(bytes, o + 2);
    const optionLength = u16be(bytes, o + 4);
    if (o >= padding) return;
    if (scopeLength + optionLength > end - o - 6) {
      sink.malformed("template-truncated", o);
      return;
    }
    if (scopeLength % 4 !== 0 || optionLength % 4 !== 0) sink.malformed("scope-invalid", o);
    else {
      const scopes = scopeLength / 4;
      const fields: FieldSpecifier[] = [];
      for (let i = 0; i < scopes + optionLength / 4; i++) {
        const pen = i < scopes ? V9_SCOPE_PEN : 0;
        fields.push(fieldSpecifier(pen, u16be(bytes, o + 6 + 4 * i), u16be(bytes, o + 8 + 4 * i)));
      }
      deliver(id, fields, scopes, true, o, sink);
    }
    o += 6 + scopeLength + optionLength;
  }
}

function deliver(
  id: number,
  fields: readonly FieldSpecifier[],
  scopeCount: number,
  options: boolean,
  offset: number,
  sink: MessageSink,
): void {
  const template = newTemplate(id, fields, scopeCount, options);
  const wrong = checkTemplate(template);
  if (wrong === undefined) sink.template(template, offset);
  else sink.malformed(wrong, offset);
}
