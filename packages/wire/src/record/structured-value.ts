import { u16be, u32be } from "@ngflow/base";
import { elementById, elementLabel } from "../element/registry.ts";
import { fieldSpecifier, newTemplate, type Template } from "../template/template.ts";
import { type FieldValue, fieldValue } from "./field-value.ts";
import { locateFields } from "./locate-fields.ts";
import type { RecordFields, StructuredValue, TemplateLookup, TemplateRecords } from "./record-value.ts";

/** Semantics of lists, RFC 6313 section 4.4. */
const SEMANTICS: Readonly<Record<number, string>> = {
  0: "noneOf",
  1: "exactlyOneOf",
  2: "oneOrMoreOf",
  3: "allOf",
  4: "ordered",
  255: "undefined",
};

/** Reads a record that is nested in `depth` lists; undefined when it does not fit. */
export type NestedReader = (
  start: number,
  end: number,
  template: Template,
  depth: number,
) => { readonly fields: RecordFields; readonly next: number } | undefined;

/** Lists inside lists beyond this depth stay bytes. */
const MAX_DEPTH = 4;

function semanticName(code: number): string {
  return SEMANTICS[code] ?? String(code);
}

/**
 * The value of a basicList, subTemplateList or subTemplateMultiList at `bytes[start, end)`; undefined when it is not
 * well formed, names a template that is not known, or is nested deeper than MAX_DEPTH: then the bytes are shown as they
 * are.
 * @param read reads the records of the lists in the same bytes
 */
export function structuredValue(
  bytes: Uint8Array,
  start: number,
  end: number,
  type: "basicList" | "subTemplateList" | "subTemplateMultiList",
  templates: TemplateLookup,
  read: NestedReader,
  depth: number,
): StructuredValue | undefined {
  if (end - start < 1 || depth > MAX_DEPTH) return undefined;
  const semantic = semanticName(bytes[start]!);
  if (type === "basicList") return basicList(bytes, start + 1, end, semantic);
  if (type === "subTemplateList") {
    if (end - start < 3) return undefined;
    const list = templateRecords(templates(u16be(bytes, start + 1)), start + 3, end, read, depth);
    return list && { semantic, ...list };
  }
  const lists: TemplateRecords[] = [];
  let o = start + 1;
  while (o < end) {
    // Template id(2), length(2) with these four bytes, records.
    const length = end - o >= 4 ? u16be(bytes, o + 2) : 0;
    if (length < 4 || length > end - o) return undefined;
    const list = templateRecords(templates(u16be(bytes, o)), o + 4, o + length, read, depth);
    if (list === undefined) return undefined;
    lists.push(list);
    o += length;
  }
  return { semantic, lists };
}

/** Element id(2) and length(2), enterprise number(4) where the enterprise bit is set, then elements to the end. */
function basicList(bytes: Uint8Array, start: number, end: number, semantic: string): StructuredValue | undefined {
  if (end - start < 4) return undefined;
  const id = u16be(bytes, start);
  const length = u16be(bytes, start + 2);
  const enterprise = id >= 0x8000;
  if (enterprise && end - start < 8) return undefined;
  const pen = enterprise ? u32be(bytes, start + 4) : 0;
  const one = newTemplate(0, [fieldSpecifier(pen, id & 0x7fff, length)]);
  if (one.minLength === 0) return undefined;
  const offsets = new Int32Array(1);
  const lengths = new Int32Array(1);
  const values: FieldValue[] = [];
  let o = start + (enterprise ? 8 : 4);
  while (o < end) {
    o = locateFields(bytes, o, end, one, offsets, lengths);
    if (o < 0) return undefined;
    values.push(fieldValue(bytes, offsets[0]!, lengths[0]!, elementById(pen, id & 0x7fff)?.type));
  }
  return { semantic, element: elementLabel(pen, id & 0x7fff), values };
}

function templateRecords(
  template: Template | undefined,
  start: number,
  end: number,
  read: NestedReader,
  depth: number,
): TemplateRecords | undefined {
  if (template === undefined) return undefined;
  const records: RecordFields[] = [];
  let o = start;
  while (o < end) {
    const record = read(o, end, template, depth + 1);
    if (record === undefined) return undefined;
    records.push(record.fields);
    o = record.next;
  }
  return { template: template.id, records };
}
