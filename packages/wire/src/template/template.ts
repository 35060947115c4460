import type { InformationElement } from "../element/information-element.ts";
import { elementById, elementByName } from "../element/registry.ts";

/** Field length that announces variable-length encoding (RFC 7011 section 7). */
export const VARIABLE_LENGTH = 65535;

/** Most fields of a template. The largest templates of real exporters have about 150. */
export const MAX_TEMPLATE_FIELDS = 512;

/** One field of a template. */
export interface FieldSpecifier {
  /** Enterprise number, 0 for IANA; -1 marks a NetFlow v9 scope field, whose ids are a space of their own. */
  readonly pen: number;
  readonly id: number;
  /** Bytes in a record, VARIABLE_LENGTH when every record states its own. */
  readonly length: number;
  /** What the registry knows about the element; undefined for ids it has no name for. */
  readonly element: InformationElement | undefined;
}

/** The shape of the records of a data set. Fixed records, as of NetFlow v5, are described by templates too. */
export interface Template {
  /** Template id, 256 to 65535; 0 for the fixed layouts. */
  readonly id: number;
  /** Leading fields that are scope; 0 in a template for flows. */
  readonly scopeCount: number;
  readonly fields: readonly FieldSpecifier[];
  /** Fields of length 0 that were sent and left out: no record has a byte of them. */
  readonly emptyFields: number;
  /** Least bytes of a record, at least 1. Exact unless `variable`. */
  readonly minLength: number;
  /** Whether any field has variable length. */
  readonly variable: boolean;
  /** Whether this is an options template: its records describe the exporter, they are not flows. */
  readonly options: boolean;
}

/** Enterprise number that marks v9 scope fields. */
export const V9_SCOPE_PEN = -1;

/** A field with its element looked up. */
export function fieldSpecifier(pen: number, id: number, length: number): FieldSpecifier {
  return { pen, id, length, element: pen === V9_SCOPE_PEN ? undefined : elementById(pen, id) };
}

/** A field of a layout that is known beforehand, by the registry name of its element. @throws RangeError without one */
export function namedField(name: string, length: number): FieldSpecifier {
  const element = elementByName(name);
  if (element === undefined) throw new RangeError(`no information element is called ${name}`);
  return { pen: element.pen, id: element.id, length, element };
}

/**
 * A template from its fields. A variable-length field takes at least its one length byte. Fields of length 0 are left
 * out, so that a record cannot cost more steps than it has bytes.
 */
export function newTemplate(
  id: number,
  all: readonly FieldSpecifier[],
  allScope = 0,
  options = allScope > 0,
): Template {
  let minLength = 0;
  let variable = false;
  let scopeCount = allScope;
  const fields: FieldSpecifier[] = [];
  for (let i = 0; i < all.length; i++) {
    const field = all[i]!;
    if (field.length === 0) {
      if (i < allScope) scopeCount--;
      continue;
    }
    fields.push(field);
    if (field.length === VARIABLE_LENGTH) {
      variable = true;
      minLength += 1;
    } else minLength += field.length;
  }
  return { id, scopeCount, fields, emptyFields: all.length - fields.length, minLength, variable, options };
}
