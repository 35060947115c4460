import { NgError } from "../ng-error.ts";
import { type Composite, defaultComposite, parseComposite, unparseComposite } from "./composite.ts";
import type { ParseType, TextType, ValueOf } from "./parse-type.ts";
import { typeOf } from "./values.ts";

type Fields = readonly (readonly [name: string, type: ParseType])[];

/** Values of a struct: an object with a property for every field. */
export type StructOf<F extends Fields> = { [K in F[number] as K[0]]: ValueOf<K[1]> };

/**
 * A C struct: `{ field=value … }`, fields in any order, omitted ones at their default (reference: netgraph.md §6.2).
 */
export function structType<const F extends Fields>(fields: F): ParseType<StructOf<F>> {
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
  const text: TextType = {
    label: fields.length === 0 ? "{}" : `{ ${fields.map(([name, type]) => `${name}=${type.label}`).join(" ")} }`,
    align,
    parse: (text, cursor, out) => parseComposite(composite, text, cursor, out),
    unparse: (data, cursor, context) => unparseComposite(composite, data, cursor, context),
    defaultValue: (out, context) => defaultComposite(composite, out, context),
  };
  const open = fields.at(-1)?.[1].open === true;
  return typeOf<StructOf<F>>(text, {
    open,
    get(input) {
      const origin = input.at;
      const outer = input.start;
      input.start = origin;
      const values = fields.map(([name, type]) => {
        input.align(origin, type.align);
        return [name, type.get(input)] as const;
      });
      if (!open) input.align(origin, align);
      input.start = outer;
      return Object.fromEntries(values) as StructOf<F>;
    },
    put(value, output) {
      const origin = output.length;
      const outer = output.start;
      output.start = origin;
      for (const [name, type] of fields) {
        output.align(origin, type.align);
        type.put((value as Readonly<Record<string, unknown>>)[name], output);
      }
      if (!open) output.align(origin, align);
      output.start = outer;
    },
  });
}
