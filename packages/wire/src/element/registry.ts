import { ELEMENT_TABLES } from "./enterprise/index.ts";
import { IANA_ELEMENTS } from "./iana.gen.ts";
import type { AbstractType } from "./abstract-type.ts";
import type { InformationElement } from "./information-element.ts";

const byPen = new Map<number, Map<number, InformationElement>>();
const byName = new Map<string, InformationElement>();

/** Adds an element; a name that exists already keeps its element. */
function add(pen: number, id: number, name: string, type: AbstractType): void {
  const element: InformationElement = { pen, id, name, type };
  const elements = byPen.get(pen);
  if (elements === undefined) byPen.set(pen, new Map([[id, element]]));
  else elements.set(id, element);
  if (!byName.has(name)) byName.set(name, element);
}

for (const [id, name, type] of IANA_ELEMENTS) add(0, id, name, type);
for (const { pen, rows } of ELEMENT_TABLES) for (const [id, name, type] of rows) add(pen, id, name, type);

/** Why an element cannot be added to the registry; undefined if it can, or is there already. */
export function elementConflict({ pen, id, name, type }: InformationElement): string | undefined {
  const sameId = elementById(pen, id);
  if (sameId !== undefined && (sameId.name !== name || sameId.type !== type)) {
    return `${pen}.${id} is ${sameId.name} (${sameId.type}) already`;
  }
  const sameName = elementByName(name);
  if (sameName === undefined || (sameName.pen === pen && sameName.id === id)) return undefined;
  return `${name} is the name of ${sameName.pen}.${sameName.id} already`;
}

/**
 * Adds an element to the registry of this process, for all exporters. Call it before anything is decoded: what is known
 * of templates is not looked up again. @throws RangeError if it conflicts with one that is there
 */
export function addElement(element: InformationElement): void {
  const conflict = elementConflict(element);
  if (conflict !== undefined) throw new RangeError(conflict);
  if (elementById(element.pen, element.id) === undefined) add(element.pen, element.id, element.name, element.type);
}

/** The element of an enterprise number and id; undefined when this registry does not know it. */
export function elementById(pen: number, id: number): InformationElement | undefined {
  return byPen.get(pen)?.get(id);
}

/** The element of a registry name, such as `octetDeltaCount` or `reverseOctetDeltaCount`. */
export function elementByName(name: string): InformationElement | undefined {
  return byName.get(name);
}

/** Name of an element in output: its registry name, or `PEN.ID` when it has none. */
export function elementLabel(pen: number, id: number): string {
  return elementById(pen, id)?.name ?? `${pen}.${id}`;
}
