import { elementLabel } from "../element/registry.ts";
import { type FieldSpecifier, type Template, V9_SCOPE_PEN } from "../template/template.ts";
import { V9_SCOPES } from "../v9/layout.ts";
import { fieldValue } from "./field-value.ts";
import { locateFields } from "./locate-fields.ts";
import type { RecordFields, RecordValue, TemplateLookup } from "./record-value.ts";
import { type NestedReader, structuredValue } from "./structured-value.ts";

/** One record read by the generic interpreter. */
export interface RecordReading {
  /** Scope fields; empty unless the template has scope. */
  readonly scope: RecordFields;
  readonly fields: RecordFields;
  /** Offset after the record. */
  readonly next: number;
}

const PADDING_OCTETS = 210;

/** Name of a field in output: registry name, v9 scope name, or `PEN.ID`. */
export function fieldName(field: FieldSpecifier): string {
  if (field.element !== undefined) return field.element.name;
  if (field.pen === V9_SCOPE_PEN) return V9_SCOPES[field.id] ?? `scope.${field.id}`;
  return elementLabel(field.pen, field.id);
}

/**
 * Reads the record at `start` into names and values, whatever the template. Padding is left out; a v9 scope is an
 * integer when it is at most 8 bytes. Lists are read with the templates that `templates` knows. Undefined when the
 * record does not fit before `end`.
 * @param depth how many lists this record is nested in
 */
export function readRecord(
  bytes: Uint8Array,
  start: number,
  end: number,
  template: Template,
  templates: TemplateLookup = () => undefined,
  depth = 0,
): RecordReading | undefined {
  const count = template.fields.length;
  const offsets = new Int32Array(count);
  const lengths = new Int32Array(count);
  const next = locateFields(bytes, start, end, template, offsets, lengths);
  if (next < 0) return undefined;
  const nested: NestedReader = (from, to, inner, level) => readRecord(bytes, from, to, inner, templates, level);
  const scope: Record<string, RecordValue | RecordValue[]> = {};
  const fields: Record<string, RecordValue | RecordValue[]> = {};
  for (let i = 0; i < count; i++) {
    const field = template.fields[i]!;
    if (field.pen === 0 && field.id === PADDING_OCTETS) continue;
    const length = lengths[i]!;
    const type = field.pen === V9_SCOPE_PEN && length > 0 && length <= 8 ? "unsigned64" : field.element?.type;
    const offset = offsets[i]!;
    const list =
      type === "basicList" || type === "subTemplateList" || type === "subTemplateMultiList"
        ? structuredValue(bytes, offset, offset + length, type, templates, nested, depth)
        : undefined;
    const value = list ?? fieldValue(bytes, offset, length, type);
    const into = i < template.scopeCount ? scope : fields;
    const name = fieldName(field);
    const before = into[name];
    if (before === undefined) into[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else into[name] = [before, value];
  }
  return { scope, fields, next };
}
