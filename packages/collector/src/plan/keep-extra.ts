import type { ExtraFields } from "@ngflow/flows";
import type { ExtraPlan } from "./extra-plan.ts";

/**
 * Keeps the fields without a column of `n` records from `start` on, `stride` bytes apart, as those of the rows from
 * `row` on. Returns how many values were not kept, because their rows have more than the bounds allow.
 */
export function keepExtra(
  plan: ExtraPlan,
  b: Uint8Array,
  start: number,
  stride: number,
  n: number,
  row: number,
  extra: ExtraFields,
  most: number,
): number {
  const { positions, offsets, lengths } = plan;
  const count = positions.length;
  let lost = 0;
  for (let i = 0, o = start; i < n; i++, o += stride) {
    for (let k = 0; k < count; k++) {
      if (!extra.add(row + i, positions[k]!, b, o + offsets[k]!, lengths[k]!, most)) lost++;
    }
  }
  return lost;
}

/** Points the plan at the fields of the current record, whose places in the bytes are given. */
export function pointExtra({ fields, offsets, lengths }: ExtraPlan, at: Int32Array, length: Int32Array): void {
  for (let k = 0; k < fields.length; k++) {
    offsets[k] = at[fields[k]!]!;
    lengths[k] = length[fields[k]!]!;
  }
}
