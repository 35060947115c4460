import { describe, expect, it } from "vitest";
import { planFlows, planQuery } from "./plan.ts";
import { TIERS } from "./tiers.ts";
import { type Tier, type Tiers } from "./tier.ts";
import type { QuerySpec } from "./types.ts";

const minutes: Tier = {
  name: "minutes",
  table: "flows_1m",
  resolutionMs: 60_000,
  columns: ["TimeReceived", "TimeStart", "TimeEnd", "Proto", "InIf", "Bytes", "Packets"],
  retentionDays: 400,
};
const hours: Tier = {
  ...minutes,
  name: "hours",
  table: "flows_1h",
  resolutionMs: 3_600_000,
  columns: ["TimeReceived", "TimeStart", "TimeEnd", "Proto", "Bytes"],
};
const tiers: Tiers = [...TIERS, hours, minutes];
const spec: QuerySpec = { by: ["Proto"], metric: "bytes", fromMs: 3_600_000, toMs: 7_200_000 };

describe("choice of a tier", () => {
  it.each<[string, Partial<QuerySpec>, string]>([
    ["the coarsest one that has what is asked", {}, "hours"],
    ["a step that is a multiple of its bin", { stepMs: 7_200_000 }, "hours"],
    ["a counter that the coarsest one lacks", { metric: "packets" }, "minutes"],
    ["a rate needs its counter", { metric: "pps" }, "minutes"],
    ["flows need no counter", { metric: "flows" }, "hours"],
    ["a step within its bin", { stepMs: 60_000 }, "minutes"],
    ["a range that cuts its bin", { fromMs: 3_660_000 }, "minutes"],
    ["a range that cuts every bin", { fromMs: 3_600_001 }, "flows"],
    ["a step that cuts every bin", { stepMs: 90_000 }, "flows"],
    ["a dimension that the coarsest one lacks", { by: ["InIf"] }, "minutes"],
    ["a dimension that no roll-up has", { by: ["Proto", "SrcAddr"] }, "flows"],
    ["a filter on a column it has", { filter: "not (proto tcp or proto in (6, 17))" }, "hours"],
    ["a filter on a column it lacks", { filter: "proto udp and InIf = 3" }, "minutes"],
    ["a filter on a column that no roll-up has", { filter: "proto udp and port 53" }, "flows"],
    ["a filter on a counter of a flow", { filter: "Bytes > 1000" }, "flows"],
    ["a filter on a time of a flow", { filter: "TimeStart >= 2026-01-02" }, "flows"],
  ])("%s", (_, change, name) => {
    expect(planQuery({ ...spec, ...change }, tiers).tier.name).toBe(name);
  });

  it("raw rows come from the first one", () => {
    const range = { fromMs: 0, toMs: 3_600_000 };
    expect(planFlows(range, tiers).tier).toBe(TIERS[0]);
    expect(planFlows(range).columns).toEqual(TIERS[0].columns);
  });
});
