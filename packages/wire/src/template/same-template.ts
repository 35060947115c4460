import type { Template } from "./template.ts";

/** Whether two templates describe the same records, so that what was derived from one serves the other. */
export function sameTemplate(a: Template, b: Template): boolean {
  if (a.id !== b.id || a.scopeCount !== b.scopeCount || a.options !== b.options) return false;
  if (a.fields.length !== b.fields.length) return false;
  for (let i = 0; i < a.fields.length; i++) {
    const x = a.fields[i]!;
    const y = b.fields[i]!;
    if (x.id !== y.id || x.length !== y.length || x.pen !== y.pen) return false;
  }
  return true;
}
