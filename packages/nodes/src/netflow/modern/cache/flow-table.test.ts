import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlowTable, PACKETS } from "./flow-table.ts";

/** Record numbers that a lookup by hash passes on its way to an empty slot. */
function candidates(table: FlowTable, hash: number): number[] {
  const ids: number[] = [];
  for (let slot = hash >>> table.indexShift; table.index[slot] !== 0; slot = (slot + 1) & table.indexMask) {
    const entry = table.index[slot]!;
    if (entry >>> 24 === (hash & 0xff)) ids.push(entry & 0xffffff);
  }
  return ids;
}

function insert(table: FlowTable, hash: number, bucket: number): number {
  const id = table.insert(hash);
  table.words[table.at(id) + table.keyWords + PACKETS] = 1;
  table.schedule(id, bucket);
  return id;
}

describe("FlowTable", () => {
  // Hashes fall into few home slots, the last ones of the index among them, so that runs are long and wrap around.
  const hashArbitrary = fc
    .tuple(fc.constantFrom(0, 1, 2, 3, 0xffd, 0xffe, 0xfff), fc.nat(3))
    .map(([home, tag]) => (home << 20) | tag);

  it.each([4, 10] as const)("finds every record after any insertions and removals (key of %s words)", (keyWords) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(hashArbitrary, fc.boolean(), fc.nat()), { maxLength: 150 }), (steps) => {
        const table = new FlowTable(keyWords, 150);
        const live = new Map<number, number>();
        for (const [hash, removes, pick] of steps) {
          const ids = [...live.keys()];
          if (removes && ids.length > 0) {
            const id = ids[pick % ids.length]!;
            table.remove(id);
            live.delete(id);
          } else {
            const id = insert(table, hash, pick % 5);
            expect(live.has(id)).toBe(false);
            live.set(id, hash);
          }
          expect(table.live).toBe(live.size);
          for (const [id, h] of live) expect(candidates(table, h)).toContain(id);
          expect(table.index.reduce((n, entry) => n + (entry === 0 ? 0 : 1), 0)).toBe(live.size);
        }
        for (let id = 1; id < table.end; id++) expect(table.isLive(id)).toBe(live.has(id));
      }),
      { numRuns: 60 },
    );
  });

  it("has an index four times as large whenever it is half full, at most of the size for all records", () => {
    const table = new FlowTable(10, 600_000);
    const sizes = new Set<number>();
    for (let i = 0; i < 600_000; i++) {
      insert(table, Math.imul(i + 1, 0x9e3779b1), i % 1000);
      sizes.add(table.index.length);
    }
    expect([...sizes]).toEqual([16, 18, 20, 21].map((bits) => 2 ** bits));
  });

  it("keeps every record when the index grows, and frees all on clear", () => {
    const table = new FlowTable(4, 100_000);
    const hashes = Array.from({ length: 100_000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
    const sizes = new Set<number>();
    const ids = hashes.map((hash, i) => {
      const id = insert(table, hash, i % 1000);
      sizes.add(table.index.length);
      expect(table.live).toBeLessThanOrEqual(table.index.length / 2);
      return id;
    });
    expect([...sizes]).toEqual([65_536, 262_144]);
    for (const [i, id] of ids.entries()) expect(candidates(table, hashes[i]!)).toContain(id);
    table.clear();
    expect([table.live, table.end]).toEqual([0, 1]);
    expect(insert(table, 5, 0)).toBe(1);
  });
});
