import { expect, test } from "vitest";
import { alertLine, bandsOf, namesText } from "./alert-bands.ts";

const alert = (rule: string, sinceMs: number, resolvedMs: number | null) => ({ rule, sinceMs, resolvedMs });

test("bands do not overlap, and end with the chart", () => {
  const alerts = [
    alert("b", 20, 60),
    alert("a", 0, 40),
    alert("a", 30, 50),
    alert("c", 90, null),
    alert("d", 200, 300),
  ];
  expect(bandsOf(alerts, 10, 100)).toEqual([
    { fromMs: 10, toMs: 20, rules: ["a"] },
    { fromMs: 20, toMs: 50, rules: ["a", "b"] },
    { fromMs: 50, toMs: 60, rules: ["b"] },
    { fromMs: 90, toMs: 100, rules: ["c"] },
  ]);
});

test("a bin names the alerts that fired in it, a band at most three", () => {
  const bands = bandsOf([alert("b", 20, 60), alert("a", 0, 40)], 0, 100);
  expect(alertLine(bands, 50, 70)).toBe("Alert: b");
  expect(alertLine(bands, 0, 100)).toBe("Alert: a, b");
  expect(alertLine(bands, 60, 70)).toBeNull();
  expect(namesText(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
});
