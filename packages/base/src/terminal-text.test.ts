import { expect, it } from "vitest";
import { terminalText, terminalWord } from "./terminal-text.ts";

it.each([
  ["plain text", "plain text"],
  ["ルータ €", "ルータ €"],
  ["\u001b]0;title\u0007", "\\x1b]0;title\\x07"],
  ["\u009b31m", "\\x9b31m"],
  ["a\u0000b\u007fc", "a\\x00b\\x7fc"],
  ["over\rwritten", "over\\x0dwritten"],
  ["txt.\u202egnp", "txt.\\u202egnp"],
  ["line\u2028end", "line\\u2028end"],
])("%j is shown as %j", (text, shown) => {
  expect(terminalText(text)).toBe(shown);
  expect(terminalWord(text)).toBe(shown);
});

it("line ends and tabs belong to a text, but not to a name", () => {
  expect(terminalText("a\tb\nc")).toBe("a\tb\nc");
  expect(terminalWord("a\tb\nc")).toBe("a\\x09b\\x0ac");
});
