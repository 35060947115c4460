import type { AbstractType } from "./abstract-type.ts";
import type { InformationElement } from "./information-element.ts";
import { elementById, elementByName } from "./registry.ts";

/** Abstract types by their number in informationElementDataType (RFC 5610 section 3.1). */
export const DATA_TYPES: readonly AbstractType[] = [
  "octetArray",
  "unsigned8",
  "unsigned16",
  "unsigned32",
  "unsigned64",
  "signed8",
  "signed16",
  "signed32",
  "signed64",
  "float32",
  "float64",
  "boolean",
  "macAddress",
  "string",
  "dateTimeSeconds",
  "dateTimeMilliseconds",
  "dateTimeMicroseconds",
  "dateTimeNanoseconds",
  "ipv4Address",
  "ipv6Address",
  "basicList",
  "subTemplateList",
  "subTemplateMultiList",
];

/** Most characters of an element's name. */
const MOST_NAME = 80;

/** Whether a text can be an element's name: it begins with a letter, so it is never taken for a `PEN.ID`. */
export function isElementName(name: string): boolean {
  return name.length <= MOST_NAME && /^[A-Za-z][\w-]*$/.test(name);
}

/**
 * The element that an exporter describes by a type information record (RFC 5610). Undefined if the registry knows the
 * id or the name already, which an exporter may not change, or if the name cannot be one.
 */
export function describedElement(
  pen: number,
  id: number,
  name: string,
  type: AbstractType | undefined,
): InformationElement | undefined {
  if (!isElementName(name) || elementById(pen, id) !== undefined || elementByName(name) !== undefined) return undefined;
  return { pen, id, name, type: type ?? "octetArray" };
}
