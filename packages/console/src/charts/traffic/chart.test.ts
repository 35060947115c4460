import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PALETTES } from "../../theme/palette.ts";
import { trafficChart } from "./chart.ts";
import example from "./example.json" with { type: "json" };
import { seriesColour, tooltipLines, trafficOption } from "./render.ts";
import { areaAt, assignSlots, trafficData } from "./series.ts";

const data = trafficData(example, "Proto", "bps");

describe("series", () => {
  test("accepts time series only", () => {
    expect(trafficChart.accepts(example)).toBe(true);
    expect(trafficChart.accepts({ ...example, step: null })).toBe(false);
  });

  test("largest first, others last, each with its predicate", () => {
    expect(data.series.map(({ key, mark }) => [key, mark])).toEqual([
      ["tcp", { Proto: "tcp" }],
      ["udp", { Proto: "udp" }],
      ["others", null],
    ]);
  });

  test("bins without any row are gaps, with zero at their edges", () => {
    const tcp = data.series[0]!.values;
    expect(tcp).toEqual([null, 0, 8000, 12_000, 0, null, null, 0, 0, 0, 0, null]);
    expect(data.gaps).toEqual([[4, 7]]);
  });

  test("averages are over the whole range, so that they add up with totals of it", () => {
    expect(data.series[0]).toMatchObject({ total: 20_000, average: 20_000 / 12, peak: 12_000 });
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
        const areas = trafficData(result, "Proto", "bps").series;
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
    expect(areaAt(data, middle + 5000, 10_600, 0)).toBe("others");
    expect(areaAt(data, Date.parse("2026-01-02T03:01:01Z"), 0, 0)).toBeUndefined();
  });

  test("a group keeps its colour while others come and go", () => {
    const first = assignSlots(new Map(), ["a", "b", "c"]);
    const second = assignSlots(first, ["c", "d", "a"]);
    expect([...second]).toEqual([
      ["c", 2],
      ["d", 1],
      ["a", 0],
    ]);
  });
});

describe("drawing", () => {
  const look = {
    metric: "bps",
    palette: PALETTES.light,
    slots: assignSlots(new Map(), ["tcp", "udp"]),
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
    expect(option.series[0]!.markArea!.data).toEqual([
      [{ xAxis: Date.parse("2026-01-02T03:00:40Z") }, { xAxis: Date.parse("2026-01-02T03:01:20Z") }],
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

  test("every slot has a colour", () => {
    for (let slot = 0; slot < 20; slot++) {
      expect(seriesColour({ palette: PALETTES.dark, slots: new Map([["x", slot]]) }, "x")).toMatch(/^#[0-9a-f]{6}$/);
    }
  });
});
