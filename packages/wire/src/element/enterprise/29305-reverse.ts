import type { InformationElement } from "../information-element.ts";

/** Enterprise number of reverse information elements (RFC 5103 section 6.1). */
export const REVERSE_PEN = 29305;

/** The reverse counterpart of an IANA element: same id and type, `reverse` before the capitalised name. */
export function reverseElement(forward: InformationElement): InformationElement {
  const name = `reverse${forward.name[0]!.toUpperCase()}${forward.name.slice(1)}`;
  return { pen: REVERSE_PEN, id: forward.id, name, type: forward.type };
}
