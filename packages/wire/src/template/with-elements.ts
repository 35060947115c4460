import type { InformationElement } from "../element/information-element.ts";
import { elementById } from "../element/registry.ts";
import { type Template, V9_SCOPE_PEN } from "./template.ts";

/**
 * A template whose fields have the elements of `elementOf` where the registry has none. The template itself where that
 * changes nothing.
 */
export function withElements(
  template: Template,
  elementOf: (pen: number, id: number) => InformationElement | undefined,
): Template {
  let changed = false;
  const fields = template.fields.map((field) => {
    const { pen, id } = field;
    if (pen === V9_SCOPE_PEN || elementById(pen, id) !== undefined) return field;
    const element = elementOf(pen, id);
    if (element?.name === field.element?.name && element?.type === field.element?.type) return field;
    changed = true;
    return { ...field, element };
  });
  return changed ? { ...template, fields } : template;
}
