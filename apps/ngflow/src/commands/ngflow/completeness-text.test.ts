import { readFileSync } from "node:fs";
import { LOSS_REASONS } from "@ngflow/flows";
import { expect, it } from "vitest";
import { lossText, underWayText } from "./completeness-text.ts";

const time = "2026-01-01T00:00:00.000Z";

it("sums losses by reason, and says what nobody counted", () => {
  expect(lossText({ lost: [] })).toBeUndefined();
  expect(
    lossText({
      lost: [
        { time, reason: "sequence-gap", unit: "flows", count: 3 },
        { time, reason: "collector-down", unit: "flows", count: null },
        { time, reason: "sequence-gap", unit: "flows", count: 4 },
      ],
    }),
  ).toBe(
    "7 flows lost before they arrived, by the sequence numbers of their exporters; " +
      "flows that nobody received: no collector was running",
  );
});

it("tells from when on flows are under way, if the range reaches there", () => {
  const answer = {
    watchedFrom: null,
    watchedTo: null,
    underWayFrom: time,
    underWayBy: "192.0.2.1",
    underWay: [],
    lost: [],
  };
  expect(underWayText(answer, Date.parse(time))).toBeUndefined();
  expect(underWayText(answer, Date.parse(time) + 1)).toBe(
    `flows after ${time} may still be under way: those of 192.0.2.1 take longest`,
  );
  expect(underWayText({ ...answer, underWayFrom: null }, Date.parse(time) + 1)).toBeUndefined();
});

it("the reference page has every reason", () => {
  const page = readFileSync(new URL("../../../../../docs/reference/completeness.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (\w+) +\| (.+?) +\|$/gm)].map(([, reason, unit, text]) => [
    reason,
    { unit, text },
  ]);
  expect(Object.fromEntries(rows)).toEqual(LOSS_REASONS);
});
