import { NgError } from "../ng-error.ts";
import type { ParseType, TextType } from "./parse-type.ts";
import { ValueInput, ValueOutput } from "./value-bytes.ts";

/** How a type's values are laid out in bytes. */
type Layout<T> = Pick<ParseType<T>, "get" | "put" | "open">;

/** A type with the text form of `text` and values laid out by `layout`. */
export function typeOf<T>(text: TextType, layout: Layout<T>): ParseType<T> {
  const { label, align, parse, unparse, defaultValue } = text;
  const { get, put, open } = layout;
  return {
    ...{ label, align, parse, unparse, get, put },
    ...(defaultValue === undefined ? {} : { defaultValue }),
    ...(open === undefined ? {} : { open }),
    read(bytes) {
      const input = new ValueInput(bytes);
      const value = get(input);
      if (input.at !== bytes.length) throw new NgError("EINVAL");
      return value;
    },
    write(value) {
      const output = new ValueOutput();
      put(value, output);
      return output.bytes.slice(0, output.length);
    },
  };
}
