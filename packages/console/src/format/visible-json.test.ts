import { expect, test } from "vitest";
import { visibleJson, visibleText } from "./visible-json.ts";

test.each([
  ["plain, 日本語, é", "plain, 日本語, é"],
  ["\u001b[31mred\u001b[0m", "␛[31mred␛[0m"],
  ["a\nb\tc\u0000d\u007f", "a␊b␉c␀d␡"],
  ["\u009b31m\u202eevil\u2066", "�31m�evil�"],
  ["x".repeat(2000), `${"x".repeat(1000)}…`],
])("%j is shown as %j", (text, shown) => expect(visibleText(text)).toBe(shown));

test("names and texts of an answer, at every level, and nothing else", () => {
  const answer = { nodes: [{ name: "\u001b[2J", counters: { "a\u0007b": 1 }, none: null, on: true }] };
  expect(JSON.parse(visibleJson(JSON.stringify(answer)))).toEqual({
    nodes: [{ name: "␛[2J", counters: { "a␇b": 1 }, none: null, on: true }],
  });
  // DEL and direction marks are not escaped by JSON.
  expect(visibleJson('{"a":"\u202e"}')).toBe('{"a":"�"}');
  const plain = JSON.stringify({ rows: [{ SrcAddr: "10.0.0.1", path: "C:\\u001b" }], text: "ラーメン" });
  expect(JSON.parse(visibleJson(plain))).toEqual(JSON.parse(plain));
  expect(visibleJson('{"a":1}')).toBe('{"a":1}');
});
