import { IANA_ELEMENTS } from "../iana.gen.ts";
import type { ElementTable } from "./element-table.ts";

/** Enterprise number of reverse information elements (RFC 5103 section 6.1). */
export const REVERSE_PEN = 29305;

/** The reverse counterparts of IANA's elements: same id and type, `reverse` before the capitalised name. */
export const REVERSE: ElementTable = {
  pen: REVERSE_PEN,
  vendor: "Reverse elements",
  source: "https://www.rfc-editor.org/rfc/rfc5103",
  rows: IANA_ELEMENTS.map(([id, name, type]) => [id, reverseName(name), type, "default"]),
};

export function reverseName(name: string): string {
  return `reverse${name[0]!.toUpperCase()}${name.slice(1)}`;
}
