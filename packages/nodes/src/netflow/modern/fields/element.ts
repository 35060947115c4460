import { elementByName, type TemplateField } from "@ngflow/wire/encode";

/** A field of a template. @param name of the element in the registry; `reverse…` for that of the reverse direction */
export function element(name: string, length: number): TemplateField {
  const known = elementByName(name);
  if (known === undefined) throw new TypeError(`no information element is called ${name}`);
  return { element: known.id, length, ...(known.pen !== 0 && { enterprise: known.pen }) };
}
