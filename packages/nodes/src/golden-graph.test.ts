import { describe, expect, it } from "vitest";
import { readGolden } from "./testing/golden-data.ts";
import { type GraphCase, graphChecks } from "./testing/golden-graph.ts";
import { LATER_RELEASES } from "./testing/later-release.ts";

describe("control operations as observed on FreeBSD", () => {
  const cases = readGolden("graph.json") as GraphCase[];
  it.each(cases.map((graphCase) => [graphCase.name, graphCase.description, graphCase] as const))(
    "%s: %s",
    (_name, _description, graphCase) => {
      for (const { title, expected, got } of graphChecks(graphCase)) expect(got(), title).toEqual(expected);
    },
  );

  it.each(LATER_RELEASES)("$in: $cmd is a step that is left out", ({ in: name, cmd }) => {
    const graphCase = cases.find((each) => each.name === name)!;
    expect(graphCase.script.map((step) => step.cmd.join(" "))).toContain(cmd);
    expect(graphChecks(graphCase)).toHaveLength(graphCase.script.length - 1);
  });
});
