import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import japanese from "./summaries-ja.json" with { type: "json" };

/** The page that is made from the descriptors of all node types: the summary is the last cell of a message's row. */
const PAGE = new URL("../../../../../docs/reference/node-types.md", import.meta.url);

/** The page leaves out sockets, which programs make. */
const OF_SOCKETS = ["The node goes away with its last hook.", "The node stays until its program closes it (default)."];

/** The summaries of the tables of messages, whose second column is a number. */
function summariesOf(page: string): Set<string> {
  const rows = page.split("\n").filter((line) => /^\| `\w+`\s*\| \d+\s*\|/.test(line));
  return new Set(
    rows.map((row) =>
      row
        .split(/(?<!\\)\|/)
        .at(-2)!
        .trim(),
    ),
  );
}

test("Japanese has every summary of a control message, and none that does not exist", () => {
  const summaries = summariesOf(readFileSync(PAGE, "utf8"));
  expect(summaries.size).toBeGreaterThan(80);
  const translated = new Map(Object.entries(japanese));
  expect([...summaries].filter((summary) => !translated.has(summary))).toEqual([]);
  expect([...translated.keys()].filter((summary) => !summaries.has(summary))).toEqual(OF_SOCKETS);
  for (const text of translated.values()) expect(text).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
});
