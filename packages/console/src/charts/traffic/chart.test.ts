import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PALETTES } from "../../theme/palette.ts";
import { coverageOf } from "../../state/coverage.ts";
import { OTHERS, placesOf } from "../../theme/colours.ts";
import example from "./example.json" with { type: "json" };
import { tooltipLines, trafficOption } from "./render.ts";
import { areaAt, trafficData } from "./series.ts";

const span = { from: Date.parse(example.from), to: Date.parse(example.to), stepMs: 10_000 };
const recorded = example.rows.map(({ time }) => Date.parse(time));
const coverage = coverageOf(span, recorded, span.to - 15_000);
const data = trafficData(example, "Proto", "bps", coverage);

describe("series", () => {
  test("largest first, others last, each with its predicate", () => {
    expect(data.series.map(({ key, mark }) => [key, mark])).toEqual([
      ["tcp", { Proto: "tcp" }],
      ["udp", { Proto: "udp" }],
      ["others", null],
    ]);
  });

  test("a silent group is zero; only what is not recorded has no value", () => {
    expect(data.coverage.notRecorded).toEqual([
      [0, 1],
      [4, 7],
    ]);
    expect(data.series[0]!.values).toEqual([null, null, 8000, 12_000, null, null, null, null, 0, 0, 0, 0]);
  });

  test("averages are over the time that is recorded and settled", () => {
    // Bins 2, 3, 8 and 9: the last two are not settled.
    expect(data.series[0]).toMatchObject({ total: 20_000, average: 20_000 / 4, peak: 12_000 });
    expect(data.series[1]).toMatchObject({ total: 7000, average: 7000 / 4 });
  });

  test("nothing is lost: the areas sum to the rows", () => {
    const row = fc.record({ bin: fc.nat(29), Proto: fc.constantFrom("tcp", "udp", "icmp", null), bps: fc.nat(1e9) });
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const result = {
          ...example,
          to: "2026-01-02T03:05:00.000Z",
          rows: rows.map(({ bin, ...rest }) => ({
            ...rest,
            time: new Date(Date.parse(example.from) + bin * 10_000).toISOString(),
          })),
        };
        const whole = { ...span, to: Date.parse(result.to) };
        const all = Array.from({ length: 30 }, (_, bin) => whole.from + bin * 10_000);
        const areas = trafficData(result, "Proto", "bps", coverageOf(whole, all, whole.to)).series;
        const drawn = areas.reduce((sum, { total }) => sum + total, 0);
        expect(drawn).toBe(rows.reduce((sum, { bps }) => sum + bps, 0));
      }),
    );
  });

  test("a point in the stack is in one area", () => {
    const middle = Date.parse("2026-01-02T03:00:25Z");
    expect(areaAt(data, middle, 100, 0)).toBe("tcp");
    expect(areaAt(data, middle, 8500, 0)).toBe("udp");
    expect(areaAt(data, middle, 9500, 0)).toBeUndefined();
    expect(areaAt(data, middle, 9500, 600)).toBe("udp");
    expect(areaAt(data, middle + 5000, 9900, 0)).toBe("tcp");
    expect(areaAt(data, middle + 5000, 10_600, 0)).toBe(OTHERS);
    expect(areaAt(data, Date.parse("2026-01-02T03:01:01Z"), 0, 0)).toBeUndefined();
  });
});

describe("drawing", () => {
  const look = {
    metric: "bps",
    palette: PALETTES.light,
    places: placesOf(
      data.series.map(({ key, mark }) => ({ key, values: mark ?? {} })),
      PALETTES.light.series.length,
    ),
    emphasis: null,
  } as const;

  test("one stacked area per series, points in the middle of the bins", () => {
    const option = trafficOption(data, look);
    expect(option.series.slice(0, 3).map(({ name, stack, color }) => [name, stack, color])).toEqual([
      ["tcp", "traffic", PALETTES.light.series[0]],
      ["udp", "traffic", PALETTES.light.series[1]],
      ["others", "traffic", PALETTES.light.others],
    ]);
    expect(option.series[0]!.data[2]).toEqual([Date.parse("2026-01-02T03:00:25Z"), 8000]);
    expect(option.series[0]!.data[5]![1]).toBeNull();
    expect(option.xAxis.max).toBe(Date.parse("2026-01-02T03:02:00Z"));
    const areas = option.series[0]!.markArea!.data.map(([start, end]) => [start!.name, start!.xAxis, end!.xAxis]);
    expect(areas).toEqual([
      ["not recorded", span.from, span.from + 20_000],
      ["not recorded", span.from + 40_000, span.from + 80_000],
      ["not settled yet", span.to - 15_000, span.to],
    ]);
  });

  test("the axis speaks SI bit/s", () => {
    const { formatter } = trafficOption(data, look).yAxis.axisLabel;
    expect(formatter(20_000)).toBe("20.0\u202fkbit/s");
  });

  test("the number of areas never changes, so that none vanishes under the pointer", () => {
    expect(trafficOption(data, look).series).toHaveLength(8);
    expect(trafficOption({ ...data, series: [] }, look).series).toHaveLength(8);
  });

  test("emphasis fades the rest", () => {
    const opacity = trafficOption(data, { ...look, emphasis: "udp" }).series.map(({ areaStyle }) => areaStyle.opacity);
    expect(opacity[1]).toBeGreaterThan(opacity[0]!);
  });

  test("the pointer's box sums what it lists", () => {
    const lines = tooltipLines(data, look, 2);
    expect(lines.rows.map(({ label, text }) => `${label} ${text}`)).toEqual([
      "TCP 8.00\u202fkbit/s",
      "UDP 1.00\u202fkbit/s",
    ]);
    expect(lines.total).toBe("9.00\u202fkbit/s");
    expect(tooltipLines(data, look, 5).total).toBe("nothing recorded");
  });
});
