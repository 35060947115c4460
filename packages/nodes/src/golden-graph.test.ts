import { describe, expect, it } from "vitest";
import { GOLDEN_ABSENT, hasGoldenData, readGolden } from "./testing/golden-data.ts";
import { type GraphCase, graphChecks } from "./testing/golden-graph.ts";

describe("control operations as observed on FreeBSD", () => {
  if (!hasGoldenData) {
    it.skip(`every row (skipped: ${GOLDEN_ABSENT})`);
    return;
  }

  const cases = readGolden("graph.json") as GraphCase[];
  it.each(cases.map((graphCase) => [graphCase.name, graphCase.description, graphCase] as const))(
    "%s: %s",
    (_name, _description, graphCase) => {
      for (const { title, expected, got } of graphChecks(graphCase)) expect(got(), title).toEqual(expected);
    },
  );
});
