import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExpiryWheel } from "./expiry-wheel.ts";

/** Entries of a bucket, taken out one by one from the end. */
function drain(wheel: ExpiryWheel, bucket: number, positions: Map<number, number>): number[] {
  const ids: number[] = [];
  while (wheel.tailEntries(bucket) > 0) {
    const id = wheel.last(bucket, 0);
    const at = positions.get(id)!;
    const moved = wheel.remove(at);
    if (moved !== 0) positions.set(moved, at);
    ids.push(id);
  }
  return ids;
}

describe("ExpiryWheel", () => {
  it("holds exactly what was added and not removed, in any order, and never outgrows its memory", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ bucket: fc.nat(3), remove: fc.boolean(), pick: fc.nat() }), { maxLength: 900 }),
        (steps) => {
          const wheel = new ExpiryWheel(900);
          const buckets = new Map<number, number>();
          const positions = new Map<number, number>();
          let next = 1;
          for (const { bucket, remove, pick } of steps) {
            const ids = [...buckets.keys()];
            if (remove && pick % 3 === 0 && ids.length > 0) {
              const id = ids[pick % ids.length]!;
              const at = positions.get(id)!;
              const moved = wheel.remove(at);
              if (moved !== 0) positions.set(moved, at);
              buckets.delete(id);
              positions.delete(id);
            } else {
              positions.set(next, wheel.add(bucket, next));
              buckets.set(next++, bucket);
            }
          }
          expect(new Set(positions.values()).size).toBe(positions.size);
          for (let bucket = 0; bucket < 4; bucket++) {
            const expected = [...buckets].filter(([, b]) => b === bucket).map(([id]) => id);
            expect(drain(wheel, bucket, positions).sort((a, b) => a - b)).toEqual(expected);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("reaches the entries before a full chunk when that one is empty", () => {
    const wheel = new ExpiryWheel(200);
    const positions = new Map<number, number>();
    for (let id = 1; id <= 130; id++) positions.set(id, wheel.add(7, id));
    expect(drain(wheel, 7, positions)).toEqual(Array.from({ length: 130 }, (_, i) => 130 - i));
  });
});
