import { u16be } from "@ngflow/base";
import { type Template, VARIABLE_LENGTH } from "../template/template.ts";

/**
 * Finds the fields of the record that starts at `start`: writes the offset and length of every field to `offsets` and
 * `lengths` (at least as long as the template has fields) and returns the offset after the record, -1 when it does not
 * fit before `end`. Variable length, RFC 7011 section 7: one length byte, or 255 and two more.
 */
export function locateFields(
  bytes: Uint8Array,
  start: number,
  end: number,
  template: Template,
  offsets: Int32Array,
  lengths: Int32Array,
): number {
  const fields = template.fields;
  let o = start;
  for (let i = 0; i < fields.length; i++) {
    let length = fields[i]!.length;
    if (length === VARIABLE_LENGTH) {
      if (o >= end) return -1;
      length = bytes[o]!;
      o++;
      if (length === 255) {
        if (end - o < 2) return -1;
        length = u16be(bytes, o);
        o += 2;
      }
    }
    if (length > end - o) return -1;
    offsets[i] = o;
    lengths[i] = length;
    o += length;
  }
  return o;
}
