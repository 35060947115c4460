import { describe, expect, it } from "vitest";
import { parseRange, parseStep } from "./range.ts";

const now = Date.UTC(2026, 0, 2, 12, 0, 0);
const at = (text: string): number => Date.parse(text);

describe("time range options", () => {
  it.each([
    [{ last: "15m" }, now - 900_000, now],
    [{ last: "1h30m", to: "2026-01-01" }, at("2025-12-31T22:30:00Z"), at("2026-01-01T00:00:00Z")],
    [{ from: "-10m" }, now - 600_000, now],
    [{ from: "2026-01-02T10:00:00+01:00", to: "-1h" }, at("2026-01-02T09:00:00Z"), now - 3_600_000],
    [{ from: "2026-01-02T10:00" }, at("2026-01-02T10:00:00Z"), now],
    [{ from: "1767300000123", to: "now" }, 1_767_300_000_123, now],
    [{ last: "3000w" }, 0, now],
  ])("%j", (options, fromMs, toMs) => {
    expect(parseRange(options, now, false)).toEqual({ fromMs, toMs });
  });

  it("is everything without options, but the last hour where ends are needed", () => {
    expect(parseRange({}, now, false)).toEqual({ fromMs: 0, toMs: now + 86_400_000 });
    expect(parseRange({ to: "2026-01-01" }, now, false)).toEqual({ fromMs: 0, toMs: at("2026-01-01") });
    expect(parseRange({}, now, true)).toEqual({ fromMs: now - 3_600_000, toMs: now });
  });

  it.each([
    [{ last: "1h", from: "-1h" }, /--last and --from/],
    [{ last: "soon" }, /--last soon: not a duration/],
    [{ from: "yesterday" }, /--from yesterday: not a time/],
    [{ to: "2026-13-01" }, /--to 2026-13-01: not a time/],
    [{ from: "now", to: "-1h" }, /empty/],
    [{ last: "0s" }, /--last 0s/],
  ])("refuses %j", (options, said) => {
    expect(() => parseRange(options, now, false)).toThrow(
      expect.objectContaining({ exit: 64, message: expect.stringMatching(said) }),
    );
  });

  it("reads a step of whole seconds", () => {
    expect([parseStep("10"), parseStep("5m"), parseStep("1d")]).toEqual([10_000, 300_000, 86_400_000]);
    for (const text of ["0", "1ms", "1.5s", "x", ""]) expect(() => parseStep(text)).toThrow(/--step/);
  });
});
