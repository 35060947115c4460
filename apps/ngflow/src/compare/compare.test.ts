import { describe, expect, test } from "vitest";
import { commonRange } from "./common-range.ts";
import { GroupsCompared } from "./compare-groups.ts";
import { NfdumpProgram } from "./nfdump-program.ts";
import { reasonsFor } from "./reasons.ts";

describe("the time that both have", () => {
  const hour = { firstMs: 1500, lastMs: 3_600_500 };

  test("is all of it where both begin and end with the same flow", () => {
    expect(commonRange(hour, hour, 60_000)).toEqual({ fromMs: 1500, toMs: 3_600_500, sameStart: true, sameEnd: true });
  });

  test("is cut at the end at which they differ, to whole seconds", () => {
    expect(commonRange(hour, { ...hour, firstMs: 600_000 }, 60_000)).toMatchObject({ fromMs: 660_000, sameEnd: true });
    expect(commonRange(hour, { ...hour, lastMs: 900_900 }, 60_000)).toMatchObject({ toMs: 840_000, sameStart: true });
    expect(commonRange(hour, hour, 60_000, { firstMs: 5100 })).toMatchObject({ fromMs: 6000, sameStart: false });
  });

  test("must be there", () => {
    expect(() => commonRange(hour, { firstMs: 3_600_000, lastMs: 9_000_000 }, 60_000)).toThrow(
      "the store has flows from 1970-01-01T00:00:01.500Z to 1970-01-01T01:00:00.500Z, nfcapd's files from",
    );
  });
});

describe("groups", () => {
  const counts = (n: number) => ({ flows: n, packets: n, bytes: n });
  const own = (groups: Readonly<Record<string, number>>, total: number, isWhole: boolean) => {
    const map = new Map(Object.entries(groups));
    return { largest: { flows: map, packets: map, bytes: map }, total: counts(total), isWhole };
  };
  const compared = (of: ReturnType<typeof own>, theirs: Readonly<Record<string, number>>) => {
    const groups = new GroupsCompared(of);
    for (const [name, n] of Object.entries(theirs)) groups.take(name, counts(n));
    return groups.end().differences.filter(({ metric }) => metric === "bytes");
  };

  test("are equal with small ones that only nfdump lists", () => {
    expect(compared(own({ a: 5, b: 3 }, 10, false), { b: 3, c: 2, a: 5 })).toEqual([]);
    expect(compared(own({ a: 5, b: 0 }, 5, true), { a: 5 })).toEqual([]);
  });

  test("differ in a value, in the sum of the rest, and where one side lacks a group", () => {
    const metric = "bytes";
    expect(compared(own({ a: 5, b: 3 }, 10, false), { a: 4, b: 3, c: 2 })).toEqual([
      { group: "a", metric, ngflow: 5, nfdump: 4 },
      { group: null, metric, ngflow: 10, nfdump: 9 },
    ]);
    // Larger than our smallest one: it would be in our list.
    expect(compared(own({ a: 5, b: 3 }, 12, false), { a: 5, b: 3, c: 4 })).toEqual([
      { group: "c", metric, ngflow: 0, nfdump: 4 },
    ]);
    expect(compared(own({ a: 5 }, 5, true), { b: 5 })).toEqual([
      { group: "b", metric, ngflow: 0, nfdump: 5 },
      { group: "a", metric, ngflow: 5, nfdump: 0 },
    ]);
  });
});

describe("reasons", () => {
  const nothing = { lost: { lost: [] }, sequenceFailures: 0, bothWays: 0, forwarded: 0 };
  const difference = (ngflow: number, nfdump: number) => ({ group: null, metric: "flows" as const, ngflow, nfdump });
  const lost = { lost: [{ time: "", reason: "sequence-gap" as const, unit: "flows" as const, count: 3 }] };

  test("fit the direction of the differences", () => {
    expect(reasonsFor([difference(3, 2)], nothing)).toBeUndefined();
    expect(reasonsFor([difference(3, 2)], { ...nothing, sequenceFailures: 7 })).toEqual([
      "nfcapd lost flows: it counted 7 sequence failures in its files",
    ]);
    expect(reasonsFor([difference(2, 3)], { ...nothing, sequenceFailures: 7 })).toBeUndefined();
    expect(reasonsFor([difference(2, 3)], { ...nothing, lost })).toEqual([
      "ngflow lost flows: 3 flows lost before they arrived, by the sequence numbers of their exporters",
    ]);
    expect(reasonsFor([difference(2, 3), difference(3, 2)], { ...nothing, lost })).toBeUndefined();
    expect(reasonsFor([difference(2, 4)], { ...nothing, forwarded: 2 })).toBeUndefined();
    expect(reasonsFor([{ ...difference(2, 4), metric: "bytes" }], { ...nothing, forwarded: 2 })).toEqual([
      "2 flows have counters of after forwarding, which nfdump -s adds to those of before",
    ]);
    expect(reasonsFor([difference(3, 2)], { ...nothing, forwarded: 2 })).toBeUndefined();
  });
});

test("a program that is not there, files that are not there, and a program that fails", async () => {
  await expect(new NfdumpProgram("/nowhere/nfdump", ".").facts()).rejects.toMatchObject({ code: "compare-no-nfdump" });
  await expect(new NfdumpProgram("nfdump", "/nowhere").facts()).rejects.toMatchObject({ code: "compare-no-files" });
  await expect(new NfdumpProgram("false", ".").facts()).rejects.toMatchObject({
    code: "compare-nfdump",
    message: "nfdump -I: ended with 1",
  });
});
