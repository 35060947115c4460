import { afterEach, expect, it, vi } from "vitest";
import { hintIncomplete } from "./hint-incomplete.ts";

afterEach(() => vi.restoreAllMocks());

/** What is said on standard error about an answer. */
function said(lacks: Omit<Parameters<typeof hintIncomplete>[0], "to">): string {
  let text = "";
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  hintIncomplete({ to: "2026-03-02T00:00:00.000Z", ...lacks });
  return text.replaceAll(/\s+/g, " ").trim();
}

it("names the days of damaged rows, of many the first", () => {
  expect(said({ missing: ["2026-03-01"] })).toBe(
    'ngflow: incomplete: damaged rows of 2026-03-01 are missing; see "ngflow store verify"',
  );
  const days = Array.from({ length: 9 }, (_, at) => `2026-02-0${at + 1}`);
  expect(said({ missing: days })).toContain("2026-02-05 and 4 more days are missing");
});

it("says nothing of an answer that lacks nothing", () => {
  expect(said({})).toBe("");
});
