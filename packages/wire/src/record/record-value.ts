import type { Template } from "../template/template.ts";
import type { FieldValue } from "./field-value.ts";

/** A record by field name. A name that occurs more than once holds an array, in the order of the template. */
export interface RecordFields {
  readonly [name: string]: RecordValue | readonly RecordValue[];
}

/** A value of a field: plain, or a list of RFC 6313. */
export type RecordValue = FieldValue | StructuredValue;

/** Structured data of RFC 6313 as plain values: basicList, subTemplateList, subTemplateMultiList. */
export type StructuredValue =
  | { readonly semantic: string; readonly element: string; readonly values: readonly FieldValue[] }
  | ({ readonly semantic: string } & TemplateRecords)
  | { readonly semantic: string; readonly lists: readonly TemplateRecords[] };

/** Records of one template inside a list. */
export interface TemplateRecords {
  readonly template: number;
  readonly records: readonly RecordFields[];
}

/** Finds the template that a list inside a record names; undefined when it is not known. */
export type TemplateLookup = (id: number) => Template | undefined;
