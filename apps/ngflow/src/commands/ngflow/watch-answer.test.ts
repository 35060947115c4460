import { expect, test } from "vitest";
import { costText, progressText, secondsText } from "./watch-answer.ts";

test("times are short", () => {
  const shown = [
    [20, "under 0.1 s"],
    [440, "0.4 s"],
    [9940, "9.9 s"],
    [9960, "10 s"],
    [119_000, "119 s"],
    [180_000, "3 min"],
  ];
  for (const [ms, text] of shown) expect(secondsText(ms as number)).toBe(text);
});

test("costs and progress are a line each", () => {
  const cost = { from: "", to: "", tier: "flows", tiers: [], why: null, parts: 41, rows: 312e6, bytes: 4.7e9 };
  expect(costText({ ...cost, aboutMs: 4100 })).toBe("reads 312 M rows in 41 parts, 4.70 GB on disk, about 4.1 s");
  expect(costText({ ...cost, rows: 3, parts: 1, bytes: 40, aboutMs: 20 })).toBe(
    "reads 3 rows in 1 part, 40 B on disk, under 0.1 s",
  );
  const read = { rows: 120e6, bytes: 1, rowsTotal: 312e6, elapsedMs: 3200 };
  expect(progressText(read)).toBe("read 120 M of 312 M rows, 38 %, 3.2 s");
  expect(progressText(read, { ...cost, rows: 624e6, aboutMs: 8000 })).toBe(
    "read 120 M of 624 M rows, 19 %, 3.2 s of about 8.0 s",
  );
  expect(progressText(read, { ...cost, aboutMs: 100 })).toBe("read 120 M of 312 M rows, 38 %, 3.2 s");
  // What is read may be more than was thought; it is not done before the answer is there.
  expect(progressText({ ...read, rows: 312e6 })).toBe("read 312 M of 312 M rows, 99 %, 3.2 s");
  expect(progressText({ ...read, rowsTotal: null })).toBe("read 120 M rows, 3.2 s");
});
