import { expect, test } from "vitest";
import { slowPattern } from "./slow-pattern.ts";

test.each([
  ["(a+)+$", "a group"],
  ["(?:a|a)*b", "a group"],
  ["((a+))*", "a group"],
  ["(a?a?)*b", "a group"],
  ["(?<p>\\w+\\s?){2,30}$", "a group"],
  ["(a)\\1", "a back reference"],
  ["(?<p>a)\\k<p>", "a back reference"],
  ["(?=a)b", "an assertion"],
  ["(?<!a)b", "an assertion"],
  [".*.*.*.*x", "more than 3"],
])("%s is refused: %s", (source, reason) => {
  expect(new RegExp(source, "iu")).toBeInstanceOf(RegExp);
  expect(slowPattern(source)).toMatch(new RegExp(`^${reason}`));
});

test.each([
  "^Transit: (?<provider>\\S+)",
  "^(?:xe|ge|et)-\\d+/\\d+/\\d+$",
  "(core|edge)",
  "(?:abc)?[(+*]{2}\\(\\+\\*",
  "\\p{Lu}+ (a)+",
  "(?:ae?-)?(?<p>x)(?:y)+",
])("%s is taken", (source) => {
  expect(new RegExp(source, "iu")).toBeInstanceOf(RegExp);
  expect(slowPattern(source)).toBeUndefined();
});

test("what is taken ends soon, for the worst text of 200 characters", () => {
  const source = ".*.*.*x$";
  expect(slowPattern(source)).toBeUndefined();
  const began = performance.now();
  expect(new RegExp(source, "iu").test("a".repeat(200))).toBe(false);
  expect(performance.now() - began).toBeLessThan(5000);
});
