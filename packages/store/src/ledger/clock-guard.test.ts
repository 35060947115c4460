import { describe, expect, it } from "vitest";
import { ClockGuard } from "./clock-guard.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2026, 10, 29);

describe("clock guard", () => {
  it("believes a clock that goes on from the last time, up to a day later", () => {
    expect(new ClockGuard(T0, 0).check(T0 + DAY, 0)).toBe(true);
    expect(new ClockGuard(T0, 0).check(T0 - DAY, 0)).toBe(true);
  });

  it.each([45 * DAY, 200 * 365 * DAY, -400 * DAY, -T0, 2 * DAY])(
    "does not believe a jump of %d ms for an hour",
    (jump) => {
      const clock = new ClockGuard(T0, 0);
      for (let t = 0; t < HOUR; t += MINUTE) {
        expect(clock.check(T0 + jump + t, t)).toBe(false);
        expect(clock.believedMs(t)).toBe(T0 + t);
      }
      expect(clock.check(T0 + jump + HOUR, HOUR)).toBe(true);
      expect(clock.believedMs(HOUR)).toBe(T0 + jump + HOUR);
      expect(clock.jumps).toBe(1);
    },
  );

  it("believes it at once when the jump is taken back", () => {
    const clock = new ClockGuard(T0, 0);
    expect(clock.check(T0 + 45 * DAY, 0)).toBe(false);
    expect(clock.check(T0 + MINUTE, MINUTE)).toBe(true);
    expect(clock.believedMs(MINUTE)).toBe(T0 + MINUTE);
  });

  it("sees a jump of a running process, and starts again at a second one", () => {
    const clock = new ClockGuard(T0, 0);
    expect(clock.check(T0 + 10 * DAY, 10 * DAY)).toBe(true);
    expect(clock.check(T0 + 20 * DAY, 10 * DAY + MINUTE)).toBe(false);
    expect(clock.check(T0 + 50 * DAY, 10 * DAY + 50 * MINUTE)).toBe(false);
    expect(clock.check(T0 + 50 * DAY + 20 * MINUTE, 10 * DAY + 70 * MINUTE)).toBe(false);
    expect(clock.check(T0 + 50 * DAY + HOUR, 10 * DAY + 50 * MINUTE + HOUR)).toBe(true);
    expect(clock.jumps).toBe(2);
  });
});
