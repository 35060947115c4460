import { expect, it } from "vitest";
import { inZone } from "./in-zone.ts";

const answer = {
  from: "2026-01-01T15:00:00.000Z",
  to: "2026-01-02T15:00:00.000Z",
  columns: ["time", "Day", "SrcAddr", "min:TimeStart", "bytes"],
  rows: [
    {
      time: "2026-01-01T15:00:00.000Z",
      Day: null,
      SrcAddr: "10.0.0.1",
      "min:TimeStart": "2026-01-01T16:00:00.001Z",
      bytes: 1,
    },
  ],
  elapsedMs: 1,
};

it("shows the times of an answer in a zone, and nothing else", () => {
  expect(inZone(answer, "asia/tokyo")).toEqual({
    ...answer,
    from: "2026-01-02T00:00:00.000+09:00",
    to: "2026-01-03T00:00:00.000+09:00",
    rows: [
      { ...answer.rows[0], time: "2026-01-02T00:00:00.000+09:00", "min:TimeStart": "2026-01-02T01:00:00.001+09:00" },
    ],
  });
  for (const zone of [undefined, "UTC"]) expect(inZone(answer, zone)).toBe(answer);
});
