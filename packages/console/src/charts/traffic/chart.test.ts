import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PALETTES } from "../../theme/palette.ts";
import { coverageOf } from "../../state/coverage.ts";
import { OTHERS, placesOf } from "../../theme/colours.ts";
import example from "./example.json" with { type: "json" };
import { lossesOf } from "../../state/losses.ts";
import { tooltipLines } from "./render.ts";
import { trafficScene } from "./scene.ts";
import { areaAt, groupsOf, sideAt, trafficData } from "./series.ts";

const span = { from: Date.parse(example.from), to: Date.parse(example.to), stepMs: 10_000 };
const recorded = example.rows.map(({ time }) => Date.parse(time));
const coverage = coverageOf(span, recorded, span.to - 15_000);
const data = trafficData(example, "Proto", "bps", coverage);
const sides = { up: data, down: null };

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
    const row = fc.record({ bin: fc.nat(29), Proto: fc.constantFrom("tcp", "udp", "icmp", null), bytes: fc.nat(1e9) });
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
        const areas = trafficData(result, "Proto", "bytes", coverageOf(whole, all, whole.to)).series;
        const drawn = areas.reduce((sum, { total }) => sum + total, 0);
        expect(drawn).toBe(rows.reduce((sum, { bytes }) => sum + bytes, 0));
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
    unit: "bps",
    palette: PALETTES.light,
    places: placesOf(
      data.series.map(({ key, mark }) => ({ key, values: mark ?? {} })),
      PALETTES.light.series.length,
    ),
    emphasis: null,
    alerts: [],
  } as const;

  const size = { width: 606, height: 243, textWidth: (text: string) => 6 * text.length };
  const scene = trafficScene(sides, look, size);
  const { plot } = scene;

  test("one stacked area per series, points in the middle of the bins, gaps where nothing is recorded", () => {
    expect(scene.layers.map(({ key, colour }) => [key, colour])).toEqual([
      ["tcp", PALETTES.light.series[0]],
      ["udp", PALETTES.light.series[1]],
      ["others", PALETTES.light.others],
    ]);
    const [first, second] = scene.layers[0]!.pieces;
    expect(first!.x.map((x) => (scene.timeAt(x) - span.from) / 10_000)).toEqual([
      expect.closeTo(2.5),
      expect.closeTo(3.5),
    ]);
    expect(first!.outer.map((y) => scene.valueAt(y))).toEqual([expect.closeTo(8000), expect.closeTo(12_000)]);
    expect(second!.x).toHaveLength(4);
    for (const [below, above] of [
      [0, 1],
      [1, 2],
    ] as const)
      expect(scene.layers[above]!.pieces.map(({ inner }) => inner)).toEqual(
        scene.layers[below]!.pieces.map(({ outer }) => outer),
      );
    expect(scene.timeAt(plot.left)).toBeCloseTo(span.from);
    expect(scene.timeAt(plot.right)).toBeCloseTo(span.to);
  });

  test("what is not recorded and not settled is marked over its time, with its name where there is room", () => {
    const zones = scene.zones.map(({ kind, left, right, label }) => [
      kind,
      Math.round((scene.timeAt(left) - span.from) / 1000),
      Math.round((scene.timeAt(right) - span.from) / 1000),
      label,
    ]);
    expect(zones).toEqual([
      ["hatch", 0, 20, null],
      ["hatch", 40, 80, "not recorded"],
      ["veil", 105, 120, null],
    ]);
  });

  test("a bin in which something is known to be missing has a mark, and its box says what", () => {
    const lost = [
      { time: "2026-01-02T03:00:30.000Z", reason: "sequence-gap", unit: "flows", count: 30 },
      { time: "2026-01-02T03:00:30.000Z", reason: "collector-down", unit: "flows", count: null },
      { time: "2026-01-02T03:01:30.000Z", reason: "sequence-gap", unit: "flows", count: 1 },
      { time: "2026-01-02T04:00:00.000Z", reason: "sequence-gap", unit: "flows", count: 7 },
    ] as const;
    const [watchedFrom, watchedTo] = [new Date(span.from).toISOString(), new Date(span.to).toISOString()];
    const losses = lossesOf({ watchedFrom, watchedTo, underWayFrom: null, underWayBy: null, underWay: [], lost }, span);
    expect(losses.totals).toEqual([
      { reason: "sequence-gap", count: 31 },
      { reason: "collector-down", count: null },
    ]);
    const up = { ...data, coverage: { ...coverage, losses } };
    const marked = trafficScene({ up, down: null }, look, size);
    expect(marked.lost.map(([left, right]) => [left, right].map((x) => (marked.timeAt(x) - span.from) / 1000))).toEqual(
      [
        [expect.closeTo(30), expect.closeTo(40)],
        [expect.closeTo(90), expect.closeTo(100)],
      ],
    );
    expect(tooltipLines({ up, down: null }, look, 3).lost).toEqual([
      "Missing: 30 flows lost before arrival: gaps in sequence numbers",
      "Missing: flows that nobody received: no collector was running (not counted)",
    ]);
    expect(tooltipLines({ up, down: null }, look, 9).lost).toEqual([
      "Missing: 1 flow lost before arrival: gaps in sequence numbers",
    ]);
    expect(tooltipLines(sides, look, 3).lost).toEqual([]);
  });

  test("the axis speaks SI bit/s in round steps, and has the highest stack", () => {
    expect(scene.yTicks.map(({ text }) => text.replaceAll("\u202f", " "))).toEqual([
      "0 bit/s",
      "5 kbit/s",
      "10 kbit/s",
      "15 kbit/s",
    ]);
    const nothing = trafficScene({ up: { ...data, series: [] }, down: null }, look, size);
    expect(nothing.yTicks.map(({ y }) => Math.round(y))).toEqual([plot.bottom, plot.top]);
  });

  test("one bin alone is as wide as itself", () => {
    const values = data.times.map((_, bin) => (bin === 5 ? 8000 : null));
    const alone = trafficScene({ up: { ...data, series: [{ ...data.series[0]!, values }] }, down: null }, look, size);
    const { x } = alone.layers[0]!.pieces[0]!;
    expect((alone.timeAt(x[1]!) - alone.timeAt(x[0]!)) / 1000).toBeCloseTo(10);
  });

  test("a band is where an alert fired, and the pointer's box names it", () => {
    const fromMs = (data.times[2] ?? 0) + data.stepMs / 2;
    const alerts = [{ fromMs, toMs: fromMs + 3 * data.stepMs, rules: ["scan"] }];
    const { zones, timeAt } = trafficScene(sides, { ...look, alerts }, size);
    const band = zones.find(({ kind }) => kind === "alert");
    expect([timeAt(band!.left), timeAt(band!.right)].map(Math.round)).toEqual([fromMs, fromMs + 3 * data.stepMs]);
    const said = data.times.map((_, bin) => tooltipLines(sides, { ...look, alerts }, bin).lost.includes("Alert: scan"));
    expect(said.flatMap((is, bin) => (is ? [bin] : []))).toEqual([2, 3, 4, 5]);
  });

  test("emphasis fades the rest", () => {
    const faded = trafficScene(sides, { ...look, emphasis: "udp" }, size).layers.map(({ isFaded }) => isFaded);
    expect(faded).toEqual([true, false, true]);
  });

  test("the pointer's box sums what it lists", () => {
    const { sides: shown, note } = tooltipLines(sides, look, 2);
    expect(shown[0]!.rows.map(({ label, text }) => `${label} ${text}`)).toEqual([
      "TCP 8.00\u202fkbit/s",
      "UDP 1.00\u202fkbit/s",
    ]);
    expect([shown[0]!.total, note]).toEqual(["9.00\u202fkbit/s", null]);
    expect(tooltipLines(sides, look, 5)).toMatchObject({ note: "nothing recorded", sides: [] });
    expect(tooltipLines(sides, look, 11).note).toBe("not settled yet");
  });

  test("what leaves is below the axis, is hit there, and is one group with what arrives", () => {
    const both = { up: data, down: { ...data, series: data.series.slice(1, 2) } };
    const mirrored = trafficScene(both, look, size);
    expect(mirrored.valueAt(mirrored.layers[3]!.pieces[0]!.outer[0]!)).toBeCloseTo(-1000);
    expect(mirrored.valueAt(mirrored.zero)).toBeCloseTo(0);
    const middle = Date.parse("2026-01-02T03:00:25Z");
    expect([-500, 8500, -1500].map((value) => sideAt(both, middle, value, 0))).toEqual(["udp", "udp", undefined]);
    expect(groupsOf(both).map(({ key, average, averageOut }) => [key, average, averageOut])).toEqual([
      ["tcp", 5000, 0],
      ["udp", 1750, 1750],
      ["others", 125, 0],
    ]);
    expect(tooltipLines(both, look, 2).sides.map(({ name, total }) => [name, total])).toEqual([
      ["In", "9.00\u202fkbit/s"],
      ["Out", "1.00\u202fkbit/s"],
    ]);
  });
});
