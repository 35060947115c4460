import { describe, expect, it } from "vitest";
import { planFlows, planQuery } from "./plan.ts";
import type { TierCovers } from "./segments.ts";
import { TIERS } from "./tiers.ts";
import { tierNames } from "./aggregate-plan.ts";
import type { QuerySpec } from "./types.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const spec: QuerySpec = { by: ["Proto"], metric: "bytes", fromMs: HOUR, toMs: 2 * HOUR };

const segments = (change: Partial<QuerySpec>, covers?: TierCovers): [string, number, number][] =>
  planQuery({ ...spec, ...change }, TIERS, covers).segments.map(({ tier, fromMs, toMs }) => [tier.name, fromMs, toMs]);

describe("choice of tiers", () => {
  it.each<[string, Partial<QuerySpec>, string]>([
    ["the coarsest one that has what is asked", {}, "1h"],
    ["a step that is a multiple of its bin", { stepMs: 2 * HOUR }, "1h"],
    ["a whole day", { fromMs: 0, toMs: DAY }, "1d"],
    ["flows are counted, too", { metric: "flows" }, "1h"],
    ["a rate", { metric: "pps" }, "1h"],
    ["a step within its bin", { stepMs: MINUTE }, "1m"],
    ["a range that cuts its bin", { fromMs: HOUR + MINUTE }, "1m"],
    ["a range that cuts a minute, too", { fromMs: HOUR + 1 }, "1m+flows"],
    ["a step that cuts every bin", { stepMs: 90_000 }, "flows"],
    ["hosts", { by: ["SrcAddr"] }, "1h-src"],
    ["autonomous systems", { by: ["SrcAS", "DstAS"], filter: "dst as 64500" }, "1h-as"],
    ["services", { by: ["ServicePort", "Proto"], filter: "ServicePort < 1024 and Side = server" }, "1h-service"],
    ["the port of a client", { by: ["Proto", "SrcPort"] }, "flows"],
    ["a dimension that no roll-up has", { by: ["Proto", "SrcPort"] }, "flows"],
    ["dimensions that none has together", { by: ["SrcAddr", "DstAddr"] }, "flows"],
    ["a filter on columns it has", { filter: "not (proto tcp or InIf = 3)" }, "1h"],
    ["a filter on another one", { by: [], filter: "dst net 10.0.0.0/8" }, "1h-dst"],
    ["a filter on a column that no roll-up has", { filter: "proto udp and port 53" }, "flows"],
    ["a filter on a counter of a flow", { filter: "Bytes > 1000" }, "flows"],
    ["a filter on a time of a flow", { filter: "TimeStart >= 2026-01-02" }, "flows"],
  ])("%s", (_, change, names) => {
    expect(tierNames(planQuery({ ...spec, ...change }))).toBe(names);
  });

  it("raw rows come from the first one", () => {
    const range = { fromMs: 0, toMs: HOUR };
    expect(planFlows(range).tier).toBe(TIERS[0]);
    expect(planFlows(range).columns).toEqual(TIERS[0].columns);
  });
});

describe("a range of several tiers", () => {
  it("has whole bins of each, and no gap", () => {
    expect(segments({ fromMs: HOUR - 90_001, toMs: 3 * DAY + 2 * HOUR + MINUTE + 1 })).toEqual([
      ["flows", HOUR - 90_001, HOUR - MINUTE],
      ["1m", HOUR - MINUTE, HOUR],
      ["1h", HOUR, DAY],
      ["1d", DAY, 3 * DAY],
      ["1h", 3 * DAY, 3 * DAY + 2 * HOUR],
      ["1m", 3 * DAY + 2 * HOUR, 3 * DAY + 2 * HOUR + MINUTE],
      ["flows", 3 * DAY + 2 * HOUR + MINUTE, 3 * DAY + 2 * HOUR + MINUTE + 1],
    ]);
  });

  it("of local days takes the hours, or the minutes where the zone needs them", () => {
    expect(segments({ fromMs: 5 * HOUR, toMs: 5 * HOUR + 2 * DAY, stepMs: HOUR })[0]![0]).toBe("1h");
    expect(segments({ fromMs: 5.5 * HOUR, toMs: 5.5 * HOUR + DAY }).map(([name]) => name)).toEqual(["1m", "1h", "1m"]);
  });

  it("begins with the flows where a roll-up has not everything", () => {
    const covers: TierCovers = ({ name }) => ({ sinceMs: name.startsWith("1h") ? DAY + HOUR : 0, oldestMs: 0 });
    expect(segments({ fromMs: 0, toMs: 2 * DAY, stepMs: HOUR }, covers)).toEqual([
      ["1m", 0, DAY + HOUR],
      ["1h", DAY + HOUR, 2 * DAY],
    ]);
  });

  it("is widened to whole bins where only a roll-up is left", () => {
    const old = { flows: 9 * DAY, "1m": 5 * DAY, "1h": 0 } as Readonly<Record<string, number>>;
    const covers: TierCovers = ({ name }) => ({ sinceMs: 0, oldestMs: old[name] ?? 0 });
    expect(segments({ fromMs: DAY + 1, toMs: 10 * DAY + 1 }, covers)[0]).toEqual(["1d", DAY, 10 * DAY]);
    expect(segments({ fromMs: 6 * DAY + 1, toMs: 10 * DAY }, covers)[0]).toEqual(["1d", 6 * DAY, 10 * DAY]);
    expect(segments({ fromMs: 9 * DAY + 1, toMs: 10 * DAY }, covers)[0]).toEqual([
      "flows",
      9 * DAY + 1,
      9 * DAY + MINUTE,
    ]);
  });
});

describe("what is not recorded", () => {
  // Flows and hosts of the last three days; sums of all ten.
  const sums = { "1m": DAY, "1h": DAY, "1h-service": DAY, "1h-as": DAY, "1d": DAY, long: DAY };
  const kept = { flows: 7 * DAY, "1h-src": 7 * DAY, "1h-dst": 7 * DAY, ...sums };
  const covers: TierCovers = ({ name }) => ({
    sinceMs: 0,
    oldestMs: (kept as Readonly<Record<string, number>>)[name]!,
  });
  const plan = (change: Partial<QuerySpec>) =>
    planQuery({ ...spec, fromMs: 2 * DAY, toMs: 10 * DAY, ...change }, TIERS, covers);

  it("is what sums without addresses cannot answer", () => {
    expect(plan({})).toMatchObject({ recordedFromMs: 0, longFromMs: 0, fromMs: 2 * DAY });
    expect(plan({ filter: "proto tcp", stepMs: HOUR })).toMatchObject({ recordedFromMs: 0, longFromMs: 0 });
    expect(plan({ by: ["SrcAddr"] })).toMatchObject({ recordedFromMs: 7 * DAY, longFromMs: 7 * DAY, fromMs: 7 * DAY });
    expect(plan({ filter: "net 10.0.0.0/8" }).recordedFromMs).toBe(7 * DAY);
    expect(plan({ by: ["DstPort"] }).recordedFromMs).toBe(7 * DAY);
    expect(plan({ by: ["SrcAddr"], fromMs: 8 * DAY })).toMatchObject({ recordedFromMs: 0, longFromMs: 7 * DAY });
    expect(plan({ metric: "distinct:SrcAddr" }).recordedFromMs).toBe(7 * DAY);
  });

  it("leaves a series its bins, and reads no sums before", () => {
    const series = plan({ by: ["SrcAddr"], stepMs: HOUR });
    expect(series).toMatchObject({ fromMs: 2 * DAY, recordedFromMs: 7 * DAY });
    expect(series.segments[0]).toMatchObject({ fromMs: 7 * DAY });
  });

  it("is all of a range that ends before", () => {
    const old = plan({ by: ["SrcAddr"], toMs: 5 * DAY });
    expect(old).toMatchObject({ fromMs: 2 * DAY, toMs: 5 * DAY, recordedFromMs: 7 * DAY });
    expect(old.segments.map(({ tier }) => tier.name)).toEqual(["flows"]);
  });

  it("ends with days of flows that were dropped while older ones are there", () => {
    // An archive of the first day was imported when the others were there already; minutes of it are dropped.
    const imported: Readonly<Record<string, number>> = { flows: DAY, "1m": 3 * DAY, "1h": DAY, "1d": DAY };
    const gone = [{ fromMs: 2 * DAY, toMs: 7 * DAY }];
    const holed: TierCovers = ({ name }) => ({
      sinceMs: name === "1m" ? 4 * DAY : 0,
      oldestMs: imported[name] ?? 0,
      ...(name === "flows" ? { gone } : {}),
    });
    const found = (change: Partial<QuerySpec>) => {
      const { segments, ...rest } = planQuery({ ...spec, fromMs: DAY, toMs: 10 * DAY, ...change }, TIERS, holed);
      return { ...rest, parts: segments.map(({ tier, fromMs, toMs }) => [tier.name, fromMs, toMs]) };
    };
    const last = (fromMs: number, change: Partial<QuerySpec>) => found({ by: ["DstPort"], fromMs, ...change });
    expect(last(DAY, {})).toMatchObject({ recordedFromMs: 7 * DAY, parts: [["flows", 7 * DAY, 10 * DAY]] });
    expect(last(DAY, { toMs: 5 * DAY })).toMatchObject({ recordedFromMs: 7 * DAY });
    expect(last(DAY, { toMs: 2 * DAY })).toMatchObject({ recordedFromMs: 0, parts: [["flows", DAY, 2 * DAY]] });
    expect(last(7 * DAY, {})).toMatchObject({ recordedFromMs: 0, fromMs: 7 * DAY });
    // Totals come from the sums, in whole bins of the finest that there are.
    expect(found({})).toMatchObject({ recordedFromMs: 0, parts: [["1d", DAY, 10 * DAY]] });
    expect(found({ fromMs: 3 * DAY + HOUR - 1, toMs: 4 * DAY })).toMatchObject({
      recordedFromMs: 0,
      parts: [
        ["1m", 3 * DAY + HOUR - MINUTE, 3 * DAY + HOUR],
        ["1h", 3 * DAY + HOUR, 4 * DAY],
      ],
    });
  });

  it("is that of the range before, too", () => {
    const both = plan({ by: ["SrcAddr"], fromMs: 7 * DAY, previousMs: 3 * DAY });
    expect(both.recordedFromMs).toBe(0);
    expect(both.previous?.plan.recordedFromMs).toBe(7 * DAY);
  });
});
