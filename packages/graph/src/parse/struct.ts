import { NgError } from "../ng-error.ts";
import { type Composite, defaultComposite, parseComposite, unparseComposite } from "./composite.ts";
import type { ParseType } from "./parse-type.ts";

/** A C struct: `{ field=value … }`, fields in any order, omitted ones at their default (reference: netgraph.md §6.2). */
export function structType(fields: readonly (readonly [name: string, type: ParseType])[]): ParseType {
  const align = fields.reduce((largest, [, type]) => Math.max(largest, type.align), 1);
  const composite: Composite = {
    kind: "struct",
    align,
    count: () => fields.length,
    type: (index) => fields[index]![1],
    fieldName: (index) => fields[index]![0],
    elementDefault(index, out, context) {
      const { defaultValue } = fields[index]![1];
      if (defaultValue === undefined) throw new NgError("EOPNOTSUPP");
      defaultValue(out, context);
    },
  };
  return {
    label: fields.length === 0 ? "{}" : `{ ${fields.map(([name, type]) => `${name}=${type.label}`).join(" ")} }`,
    align,
    parse: (text, cursor, out) => parseComposite(composite, text, cursor, out),
    unparse: (data, cursor, context) => unparseComposite(composite, data, cursor, context),
    defaultValue: (out, context) => defaultComposite(composite, out, context),
  };
}
