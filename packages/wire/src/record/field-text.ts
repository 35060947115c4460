import type { AbstractType } from "../element/abstract-type.ts";
import { fieldValue } from "./field-value.ts";
import { structuredValue } from "./structured-value.ts";

/** The value of a field as one text: that of `fieldValue`, or the JSON of a list that needs no template. */
export function fieldText(b: Uint8Array, offset: number, length: number, type: AbstractType | undefined): string {
  const none = (): undefined => undefined;
  const list =
    type === "basicList" || type === "subTemplateList" || type === "subTemplateMultiList"
      ? structuredValue(b, offset, offset + length, type, none, none, 0)
      : undefined;
  return list === undefined ? String(fieldValue(b, offset, length, type)) : JSON.stringify(list);
}
