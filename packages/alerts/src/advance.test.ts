import { describe, expect, test } from "vitest";
import { advance, type ActiveAlerts, MOST_ACTIVE } from "./advance.ts";
import { readRule } from "./config.ts";
import { type Finding, type JudgedBin, verdictOf } from "./judge.ts";
import type { GroupValues } from "./read-bins.ts";

const WINDOW = 300_000;
const bounds = { above: 100, clearBelow: 50 };

/** The window of this place with these values by group; null is a value that nobody knows. */
function bin(at: number, values: Readonly<Record<string, number | null>>): JudgedBin {
  const finding = (key: string, group: GroupValues): Finding => {
    const value = values[key] === undefined ? 0 : values[key];
    return { values: group, value, reference: 100, verdict: value === null ? "unknown" : verdictOf(value, bounds) };
  };
  const all = Object.keys(values).map((key): [string, Finding] => [key, finding(key, { SrcAddr: key })]);
  return {
    ...{ fromMs: at * WINDOW, toMs: (at + 1) * WINDOW, lost: [], cut: false },
    breaches: new Map(all.filter(([, { verdict }]) => verdict === "breach")),
    of: finding,
  };
}

/** What happens to one group with these values: `+` fires, `-` ends, then its state in one letter. */
function story(values: readonly (number | null)[], more: object = {}): string {
  const { rule } = readRule({ name: "r", condition: "threshold", above: 100, "clear-below": 50, ...more });
  let active: ActiveAlerts = new Map();
  return values
    .map((value, at) => {
      const after = advance(rule, active, bin(at, { a: value }));
      active = after.active;
      const events = after.events.map(({ kind }) => (kind === "fired" ? "+" : "-")).join("");
      return `${events}${active.get("a")?.state[0] ?? "."}`;
    })
    .join(" ");
}

describe("an alert", () => {
  test("fires at once, does not end between the bounds, and ends at or below the lower one", () => {
    expect(story([10, 101, 90, 51, 50, 101])).toBe(". +f f f -. +f");
  });

  test("is pending until the condition held for long enough, and starts anew when it does not", () => {
    expect(story([101, 101, 101, 10], { for: "15m" })).toBe("p p +f -.");
    expect(story([101, 60, 101, 101, 101], { for: "15m" })).toBe("p . p p +f");
  });

  test("ends only after it was clear for long enough", () => {
    expect(story([101, 10, 101, 10, 10, 10], { "clear-after": "10m" })).toBe("+f f f f -. .");
    expect(story([101, 10, 70, 10, 10], { "clear-after": "10m" })).toBe("+f f f f -.");
  });

  test("stays as it is through windows that say nothing", () => {
    expect(story([101, null, null, 101, null, 10], { for: "15m" })).toBe("p p p +f f -.");
    expect(story([101, null, 10])).toBe("+f f -.");
  });

  test("has the same id whenever the same window is judged, and keeps its peak", () => {
    const { rule } = readRule({ name: "r", condition: "threshold", above: 100, by: ["SrcAddr"] });
    const first = advance(rule, new Map(), bin(3, { a: 150 }));
    const again = advance(rule, new Map(), bin(3, { a: 150 }));
    expect(first.events).toEqual(again.events);
    const higher = advance(rule, first.active, bin(4, { a: 900 }));
    const lower = advance(rule, higher.active, bin(5, { a: 200 }));
    expect(lower.active.get("a")).toMatchObject({ value: 200, peak: 900, group: { SrcAddr: "a" } });
  });

  test("groups beyond the bound are refused and counted", () => {
    const { rule } = readRule({ name: "r", condition: "threshold", above: 100, by: ["SrcAddr"] });
    const many = Object.fromEntries(Array.from({ length: MOST_ACTIVE + 7 }, (_, i) => [`g${i}`, 500]));
    const { active, refused } = advance(rule, new Map(), bin(0, many));
    expect([active.size, refused]).toEqual([MOST_ACTIVE, 7]);
  });
});
