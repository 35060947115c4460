import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SequenceTracker } from "./sequence.ts";

const of = (flows: number, options = 0): { flows: number; options: number; exact: boolean } => ({
  flows,
  options,
  exact: true,
});

describe("SequenceTracker", () => {
  it("counts v5 gaps in records", () => {
    const t = new SequenceTracker("records");
    t.observe(100, of(30), 1000);
    t.observe(130, of(12), 2000);
    t.observe(142 + 60, of(30), 3000);
    expect(t).toMatchObject({ gaps: 1, lostRecords: 60, lostUnits: 60, resets: 0 });
  });

  it("turns lost v9 datagrams into records by the mean", () => {
    const t = new SequenceTracker("datagrams");
    t.observe(1, of(20), 0);
    t.observe(2, of(30), 0);
    t.observe(5, of(25), 0);
    expect(t).toMatchObject({ gaps: 1, lostUnits: 2, lostRecords: 50 });
  });

  it("wraps at 2^32", () => {
    const t = new SequenceTracker("datagrams");
    t.observe(0xfffffffe, of(1), 0);
    t.observe(0xffffffff, of(7), 0);
    t.observe(0, of(9), 0);
    t.observe(2, of(3), 0);
    expect(t).toMatchObject({ gaps: 1, lostUnits: 1, resets: 0 });
  });

  it("a late datagram gives back what was counted as lost", () => {
    const t = new SequenceTracker("datagrams");
    t.observe(10, of(20), 0);
    t.observe(12, of(20), 0);
    expect(t.lostRecords).toBe(20);
    t.observe(11, of(20), 0);
    expect(t).toMatchObject({ lostUnits: 0, lostRecords: 0, reordered: 1, resets: 0 });
    t.observe(13, of(20), 0);
    expect(t.gaps).toBe(1);
  });

  it("restarts are not losses: far back, far ahead, or the uptime says so", () => {
    const t = new SequenceTracker("datagrams");
    t.observe(1_000_000, of(20), 900_000);
    t.observe(0, of(20), 910_000);
    t.observe(3_000_000_000, of(20), 920_000);
    t.observe(3_000_000_010, of(20), 5_000);
    expect(t).toMatchObject({ resets: 3, gaps: 0, lostRecords: 0, reordered: 0 });
  });

  it("an exporter that starts again early is found by a run of low numbers", () => {
    const t = new SequenceTracker("records");
    t.observe(500, of(20), 0);
    t.observe(550, of(20), 0);
    expect(t.lostRecords).toBe(30);
    t.observe(0, of(20), 0);
    t.observe(20, of(20), 0);
    t.observe(40, of(20), 0);
    t.observe(60, of(20), 0);
    t.observe(85, of(20), 0);
    expect(t).toMatchObject({ resets: 1, reordered: 0, gaps: 2, lostRecords: 35 });
  });

  it("a wrap of the uptime is not a restart", () => {
    const t = new SequenceTracker("records");
    t.observe(0, of(30), 2 ** 32 - 500);
    t.observe(30, of(7), 500);
    t.observe(67, of(30), 1500);
    expect(t).toMatchObject({ resets: 0, gaps: 1, lostRecords: 30 });
  });

  it("learns that an exporter counts its own records in, as softflowd's IPFIX does", () => {
    const t = new SequenceTracker("records");
    t.observe(18, of(18, 1), 0);
    t.observe(43, of(25), 0);
    t.observe(60, of(17), 0);
    expect(t).toMatchObject({ model: "records-after", gaps: 0, lostRecords: 0 });
    t.observe(70, of(10, 1), 0);
    expect(t).toMatchObject({ model: "flows-after", gaps: 0, lostRecords: 0 });
    t.observe(70 + 20 + 11, of(11), 0);
    expect(t).toMatchObject({ gaps: 1, lostRecords: 20 });
  });

  it("learns that a v9 exporter counts records", () => {
    const t = new SequenceTracker("datagrams");
    t.observe(0, of(20), 0);
    t.observe(20, of(13), 0);
    t.observe(33, of(20), 0);
    expect(t).toMatchObject({ model: "records", gaps: 0 });
  });

  it("keeps the model of the version once it is confirmed", () => {
    const t = new SequenceTracker("datagrams");
    t.observe(0, of(20), 0);
    t.observe(1, of(5), 0);
    t.observe(6, of(20), 0);
    expect(t).toMatchObject({ model: "datagrams", gaps: 1, lostUnits: 4 });
  });

  it("reports no gap after data that could not be counted", () => {
    const t = new SequenceTracker("records");
    t.observe(0, { flows: 0, options: 0, exact: false }, 0);
    t.observe(30, of(5), 0);
    expect(t).toMatchObject({ gaps: 0, lostRecords: 0 });
  });

  it("counts exactly what is dropped, whatever is dropped", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ records: fc.integer({ min: 2, max: 30 }), drop: fc.boolean() }), { maxLength: 60 }),
        fc.nat(0xffffffff),
        (datagrams, start) => {
          const t = new SequenceTracker("records");
          let sequence = start;
          let lost = 0;
          let pending = 0;
          // Two whole datagrams of unlike size settle what the exporter counts.
          for (const { records, drop } of [{ records: 40, drop: false }, { records: 31, drop: false }, ...datagrams]) {
            if (drop) pending += records;
            else {
              t.observe(sequence, of(records), 0);
              lost += pending;
              pending = 0;
            }
            sequence = (sequence + records) >>> 0;
          }
          expect(t.lostRecords).toBe(lost);
        },
      ),
      { numRuns: 1000 },
    );
  });

  describe("an odd or forged number is no loss", () => {
    /** 200 datagrams of 30 records, the numbers of `forged` before some of them. */
    function observed(model: "records" | "datagrams", forged: Readonly<Record<number, number>>): SequenceTracker {
      const t = new SequenceTracker(model);
      const step = model === "records" ? 30 : 1;
      for (let i = 0; i < 200; i++) {
        const sequence = 5000 + step * i;
        const jump = forged[i];
        if (jump !== undefined) t.observe((sequence + jump) >>> 0, of(30), 1000 * i);
        t.observe(sequence, of(30), 1000 * i);
      }
      return t;
    }

    it.each([60, 900, 4000, 5000, 900_000, 2_000_000, 3_000_000_000, -600, -3000])("records, %i ahead", (jump) => {
      for (const at of [5, 100, 196]) {
        expect(observed("records", { [at]: jump })).toMatchObject({ lostRecords: 0, lostUnits: 0, gaps: 0, resets: 0 });
      }
      expect(observed("records", { 20: jump, 60: jump, 120: jump })).toMatchObject({
        lostRecords: 0,
        gaps: 0,
      });
    });

    it.each([5, 40, 65, 60_000, 70_000, -40, -100])("datagrams, %i ahead", (jump) => {
      expect(observed("datagrams", { 100: jump })).toMatchObject({ lostRecords: 0, lostUnits: 0, gaps: 0, resets: 0 });
    });

    it("nor is one with another uptime", () => {
      const t = new SequenceTracker("records");
      t.observe(0, of(30), 900_000);
      t.observe(30, of(30), 901_000);
      t.observe(700, of(30), 1);
      t.observe(60, of(30), 902_000);
      expect(t).toMatchObject({ lostRecords: 0, resets: 0, gaps: 0 });
    });

    it("real losses next to forged numbers are counted exactly", () => {
      fc.assert(
        fc.property(
          fc.array(
            fc.record({ drop: fc.boolean(), forged: fc.option(fc.integer({ min: 10_000, max: 0xffffffff - 10_000 })) }),
            { maxLength: 80 },
          ),
          (datagrams) => {
            const t = new SequenceTracker("records");
            let sequence = 1_000_000;
            let lost = 0;
            let pending = 0;
            for (const { drop, forged } of [{ drop: false }, { drop: false }, ...datagrams, { drop: false }] as {
              drop: boolean;
              forged?: number | null;
            }[]) {
              if (!drop && typeof forged === "number") t.observe((sequence + forged) >>> 0, of(30), 0);
              if (drop) pending += 30;
              else {
                t.observe(sequence, of(30), 0);
                lost += pending;
                pending = 0;
              }
              sequence += 30;
            }
            expect(t.lostRecords).toBe(lost);
          },
        ),
        { numRuns: 1000 },
      );
    });
  });

  it("a large gap is a loss when a second datagram comes after it, and every one of many is", () => {
    const t = new SequenceTracker("records");
    t.observe(0, of(30), 0);
    t.observe(30, of(30), 0);
    t.observe(100_060, of(30), 0);
    expect(t.lostRecords).toBe(0);
    t.observe(100_090, of(30), 0);
    expect(t).toMatchObject({ lostRecords: 100_000, gaps: 1 });
    for (let i = 1; i <= 5; i++) t.observe(100_120 + 20_030 * i, of(30), 0);
    expect(t.lostRecords).toBe(100_000 + 20_030 * 4 - 30 * 3);
    t.observe(100_120 + 20_030 * 5 + 30, of(30), 0);
    expect(t.lostRecords).toBe(100_000 + 20_030 * 5 - 30 * 4);
  });
});
