import { elementLabel } from "../element/registry.ts";
import { type FieldSpecifier, type Template, V9_SCOPE_PEN } from "../template/template.ts";
import { V9_SCOPES } from "../v9/layout.ts";
import { fieldValue, type FieldValue } from "./field-value.ts";
import { locateFields } from "./locate-fields.ts";

/** A record by field name. A name that occurs more than once holds an array, in the order of the template. */
export interface RecordFields {
  readonly [name: string]: FieldValue | readonly FieldValue[];
}

/** One record read by the generic interpreter. */
export interface RecordReading {
  /** Scope fields; empty unless the template has scope. */
  readonly scope: RecordFields;
  readonly fields: RecordFields;
  /** Offset after the record. */
  readonly next: number;
}

const PADDING_OCTETS = 210;

/** Name of a field for people and JSON: registry name, v9 scope name, or `PEN.ID`. */
export function fieldName(field: FieldSpecifier): string {
  if (field.element !== undefined) return field.element.name;
  if (field.pen === V9_SCOPE_PEN) return V9_SCOPES[field.id] ?? `scope.${field.id}`;
  return elementLabel(field.pen, field.id);
}

/**
 * Reads the record at `start` into names and values, whatever the template. Padding and fields of no length are left out; a v9 scope is an
 * integer when it is at most 8 bytes. Undefined when the record does not fit before `end`.
 */
export function readRecord(
  bytes: Uint8Array,
  start: number,
  end: number,
  template: Template,
): RecordReading | undefined {
  const count = template.fields.length;
  const offsets = new Int32Array(count);
  const lengths = new Int32Array(count);
  const next = locateFields(bytes, start, end, template, offsets, lengths);
  if (next < 0) return undefined;
  const scope: Record<string, FieldValue | FieldValue[]> = {};
  const fields: Record<string, FieldValue | FieldValue[]> = {};
  for (let i = 0; i < count; i++) {
    const field = template.fields[i]!;
    if (field.length === 0 || (field.pen === 0 && field.id === PADDING_OCTETS)) continue;
    const length = lengths[i]!;
    const type = field.pen === V9_SCOPE_PEN && length > 0 && length <= 8 ? "unsigned64" : field.element?.type;
    const value = fieldValue(bytes, offsets[i]!, length, type);
    const into = i < template.scopeCount ? scope : fields;
    const name = fieldName(field);
    const before = into[name];
    if (before === undefined) into[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else into[name] = [before, value];
  }
  return { scope, fields, next };
}
