import { REVERSE_PEN, reverseElement } from "./enterprise/29305-reverse.ts";
import { IANA_ELEMENTS } from "./iana.gen.ts";
import type { InformationElement } from "./information-element.ts";

const byId = new Map<number, InformationElement>();
const byName = new Map<string, InformationElement>();
const reverseById = new Map<number, InformationElement>();

for (const [id, name, type] of IANA_ELEMENTS) {
  const element: InformationElement = { pen: 0, id, name, type };
  byId.set(id, element);
  byName.set(name, element);
  const reverse = reverseElement(element);
  reverseById.set(id, reverse);
  byName.set(reverse.name, reverse);
}

/** The element of an enterprise number and id; undefined when this registry does not know it. */
export function elementById(pen: number, id: number): InformationElement | undefined {
  if (pen === 0) return byId.get(id);
  return pen === REVERSE_PEN ? reverseById.get(id) : undefined;
}

/** The element of a registry name, such as `octetDeltaCount` or `reverseOctetDeltaCount`. */
export function elementByName(name: string): InformationElement | undefined {
  return byName.get(name);
}

/** Name of an element for people and JSON: its registry name, or `PEN.ID` when it has none. */
export function elementLabel(pen: number, id: number): string {
  return elementById(pen, id)?.name ?? `${pen}.${id}`;
}
