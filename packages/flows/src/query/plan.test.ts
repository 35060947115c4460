import { describe, expect, it } from "vitest";
import { displayValue, jsonInteger } from "./display.ts";
import { planFlows, planQuery } from "./plan.ts";
import { TIERS } from "./tiers.ts";
import { parseDuration } from "./duration.ts";
import { parseInstant } from "./time.ts";
import type { QuerySpec } from "./types.ts";

const spec: QuerySpec = { by: ["Proto"], metric: "bytes", fromMs: 1_000_500, toMs: 1_009_500 };

describe("query plan", () => {
  it("has defaults", () => {
    expect(planQuery(spec)).toEqual({
      kind: "aggregate",
      segments: [{ tier: TIERS[0], fromMs: 1_000_500, toMs: 1_009_500 }],
      tiers: TIERS,
      by: [{ name: "Proto", value: "Proto" }],
      measure: { kind: "bytes" },
      scaled: true,
      arrival: false,
      recordedFromMs: 0,
      longFromMs: 0,
      duplicates: "as-seen",
      statistic: "total",
      order: "total",
      binMs: 300_000,
      fromMs: 1_000_500,
      toMs: 1_009_500,
      stepMs: null,
      top: 10,
      where: { kind: "all" },
    });
    expect(planFlows(spec)).toMatchObject({ kind: "flows", limit: 100, where: { kind: "all" } });
  });

  it("widens a series to whole bins", () => {
    expect(planQuery({ ...spec, stepMs: 2000 })).toMatchObject({ fromMs: 1_000_000, toMs: 1_010_000, stepMs: 2000 });
    expect(planQuery({ ...spec, fromMs: 1_000_000, toMs: 1_010_000, stepMs: 2000 })).toMatchObject({
      fromMs: 1_000_000,
      toMs: 1_010_000,
    });
  });

  it("widens a statistic to bins of five minutes", () => {
    expect(planQuery({ ...spec, statistic: "p95" })).toMatchObject({
      statistic: "p95",
      order: "p95",
      fromMs: 900_000,
      toMs: 1_200_000,
    });
    expect(planQuery({ ...spec, order: "peak" })).toMatchObject({ statistic: "total", order: "max", fromMs: 900_000 });
    expect(planQuery({ ...spec, stepMs: 2000, order: "peak" })).toMatchObject({ order: "max", binMs: 2000 });
  });

  it.each([
    ["srcaddr/24", { name: "SrcAddr/24", value: "SrcAddr", masks: { v4: 120, v6: 128 } }],
    ["DstAddr/48", { name: "DstAddr/48", value: "DstAddr", masks: { v4: 128, v6: 48 } }],
    ["SrcAddr/0/32", { name: "SrcAddr/0/32", value: "SrcAddr", masks: { v4: 96, v6: 32 } }],
    ["hour", { name: "Hour", value: "Hour", binMs: 3_600_000 }],
    ["tcpflags", { name: "TcpFlags", value: "TcpFlags" }],
  ])("groups by %s", (name, dimension) => expect(planQuery({ ...spec, by: [name] }).by).toEqual([dimension]));

  it("sums bytes for bps and packets for pps", () => {
    expect(planQuery({ ...spec, metric: "bps" }).measure).toEqual({ kind: "bytes" });
    expect(planQuery({ ...spec, metric: "pps" }).measure).toEqual({ kind: "packets" });
  });

  it.each([
    [{ by: ["Colour"] }, /"Colour" is not a column/],
    [{ by: ["Bytes"] }, /"Bytes" is not a column/],
    [{ by: ["Proto", "proto"] }, /repeat/],
    [{ by: ["Prto"] }, /did you mean Proto\?/],
    [{ by: ["Proto/8"] }, /not an address/],
    [{ by: ["SrcAddr/24", "srcaddr/24"] }, /repeat/],
    [{ by: ["SrcAddr/33/200"] }, /no valid prefix length/],
    [{ by: ["SrcAddr/x"] }, /no valid prefix length/],
    [{ metric: "weight" }, /"weight" is not a metric/],
    [{ metric: "distinct:Colour" }, /"Colour" is not a column/],
    [{ metric: "distinct:Hour" }, /cannot be counted/],
    [{ metric: "bpp", statistic: "p95" }, /bpp has no statistic/],
    [{ statistic: "p95", stepMs: 1000 }, /one number per group/],
    [{ statistic: "p95", toMs: 400 * 86_400_000 }, /a year at most/],
    [{ top: 0 }, /top 0/],
    [{ top: 1.5 }, /top 1.5/],
    [{ top: 1001 }, /top 1001/],
    [{ stepMs: 0 }, /step 0/],
    [{ stepMs: 0.5 }, /step 0.5/],
    [{ toMs: 1_000_500 }, /range is empty/],
    [{ toMs: Number.MAX_SAFE_INTEGER }, /not Unix milliseconds/],
    [{ stepMs: Number.MAX_SAFE_INTEGER }, /longer than the calendar/],
    [{ fromMs: Number.NaN }, /not Unix milliseconds/],
    [{ fromMs: -1 }, /not Unix milliseconds/],
    [{ fromMs: 0, toMs: 10_001, stepMs: 1 }, /10001 bins, at most 10000/],
    [{ filter: "colour = red" }, /unknown column/],
  ])("refuses %j", (change, said) => {
    const wrong = { ...spec, ...change } as QuerySpec;
    expect(() => planQuery(wrong)).toThrow(expect.objectContaining({ exit: 64, message: expect.stringMatching(said) }));
  });

  it.each<[Partial<QuerySpec>, string]>([
    [{ stepMs: 1, toMs: spec.fromMs + 10_000, by: [] }, "10000 bins fit"],
    [{ stepMs: 1, toMs: spec.fromMs + 4545 }, "4545 bins of 11 groups fit"],
    [{ stepMs: 100, top: 1000, toMs: spec.fromMs + 4900 }, "49 bins of 1001 groups fit"],
  ])("%j: %s", (change, _fits) => {
    expect(() => planQuery({ ...spec, ...change })).not.toThrow();
  });

  it.each([
    [{ stepMs: 1, toMs: spec.fromMs + 4546 }, "4546 bins of 11 groups, 50006 rows"],
    [{ stepMs: 1000, top: 1000, toMs: spec.fromMs + 60_000 }, "61 bins of 1001 groups, 61061 rows"],
    [{ stepMs: 20_000, top: 1000, toMs: spec.fromMs + 9_990_000 }, "500 bins of 1001 groups, 500500 rows"],
  ])("%j is too large, and the step it names fits", (change, said) => {
    const large = { ...spec, ...change };
    let message = "";
    try {
      planQuery(large);
    } catch (error) {
      expect(error).toMatchObject({ code: "answer-too-large", exit: 64 });
      ({ message } = error as Error);
    }
    expect(message).toContain(said);
    const stepMs = Number(/use a step of (\d+)s/.exec(message)![1]) * 1000;
    expect(() => planQuery({ ...large, stepMs })).not.toThrow();
  });

  it("refuses too many rows", () => {
    for (const limit of [0, 10_001, 1.5]) expect(() => planFlows({ ...spec, limit })).toThrow(/limit/);
  });
});

describe("display", () => {
  it.each([
    ["SrcAddr", "::ffff:10.0.0.1", "10.0.0.1"],
    ["SrcAddr", "2001:DB8::1", "2001:db8::1"],
    ["Proto", 6, "tcp"],
    ["Proto", 17, "udp"],
    ["Proto", 1, "icmp"],
    ["Proto", 58, "ipv6-icmp"],
    ["Proto", 253, "253"],
    ["SrcMac", "11042563100175", "0a:0b:0c:0d:0e:0f"],
    ["DstMac", "281474976710655", "ff:ff:ff:ff:ff:ff"],
    ["TimeStart", "1767355200123", "2026-01-02T12:00:00.123Z"],
    ["TimeEnd", "4611686018427387904", "+275760-09-13T00:00:00.000Z"],
    ["Bytes", "9007199254740991", 9_007_199_254_740_991],
    ["Bytes", "9007199254740992", "9007199254740992"],
    ["SrcPort", 443, 443],
    ["SamplingSource", 3, "options"],
  ] as const)("%s %s is %s", (column, stored, shown) => expect(displayValue(column, stored)).toBe(shown));

  it("keeps integers exact", () =>
    expect([jsonInteger(0n), jsonInteger(2n ** 64n - 1n)]).toEqual([0, "18446744073709551615"]));
});

describe("times", () => {
  it.each([
    ["90s", 90_000],
    ["15m", 900_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
    ["1w", 604_800_000],
    ["250ms", 250],
    ["1.5h", 5_400_000],
    ["60", undefined],
    ["", undefined],
    ["h", undefined],
    ["1y", undefined],
    ["-1h", undefined],
  ])("duration %s", (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    ["now", 1_000_000_000],
    ["-1h", 996_400_000],
    ["1767355200123", 1_767_355_200_123],
    ["1767355200", 1_767_355_200_000],
    ["1767355200.125", 1_767_355_200_125],
    ["15", undefined],
    ["17673552001", undefined],
    ["-15", undefined],
    ["2026-01-02", 1_767_312_000_000],
    ["2026-01-02T12:00", 1_767_355_200_000],
    ["2026-01-02T12:00:00Z", 1_767_355_200_000],
    ["2026-01-02 12:00:00.5", 1_767_355_200_500],
    ["2026-01-02T12:00:00+0200", 1_767_348_000_000],
    ["2026-13-02", undefined],
    ["12:00", undefined],
    ["tomorrow", undefined],
    ["-x", undefined],
  ])("instant %s", (text, ms) => expect(parseInstant(text, 1_000_000_000)).toBe(ms));
});
