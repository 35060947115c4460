import { NgError } from "../ng-error.ts";
import { CONVERSION_BYTES, createOutput } from "./output.ts";
import type { TextType } from "./parse-type.ts";

/**
 * Bytes of an argument text. What follows the value is not examined.
 * @throws NgError with the original's errno (reference: netgraph.md §6).
 */
export function parseArgs(type: TextType, text: string): Uint8Array {
  const out = createOutput(text.length + 1);
  type.parse(text, { at: 0 }, out);
  return out.bytes.slice(0, out.length);
}

/** Text of binary arguments. @throws NgError ERANGE when they are shorter than the type or the text exceeds 20 KiB. */
export function unparseArgs(type: TextType, data: Uint8Array): string {
  const text = type.unparse(data, { at: 0 }, { start: 0, at: 0, data, messageLength: data.length });
  if (text.length + 1 > CONVERSION_BYTES) throw new NgError("ERANGE");
  return text;
}
