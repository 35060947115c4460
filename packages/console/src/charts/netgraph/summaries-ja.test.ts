import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import japanese from "./summaries-ja.json" with { type: "json" };

/** The page that is made from the descriptors of all node types: the summary is the last cell of a message's row. */
const PAGE = new URL("../../../../../docs/reference/node-types.md", import.meta.url);

/** The page leaves out sockets, which programs make. */
const OF_SOCKETS = ["The node goes away with its last hook.", "The node stays until its program closes it (default)."];

/** The summaries of the tables of messages of each node type, whose second column is a number. */
function summariesOf(page: string): string[][] {
  const types = page
    .split(/^## /m)
    .map((type) => type.split("\n").filter((line) => /^\| `\w+`\s*\| \d+\s*\|/.test(line)));
  return types.map((rows) =>
    rows.map((row) =>
      row
        .split(/(?<!\\)\|/)
        .at(-2)!
        .trim(),
    ),
  );
}

test("Japanese has every summary of a type's control messages or none, and none that does not exist", () => {
  const types = summariesOf(readFileSync(PAGE, "utf8"));
  const summaries = new Set(types.flat());
  const translated = new Map(Object.entries(japanese));
  expect(translated.size).toBeGreaterThan(80);
  // A type that somebody adds may speak English; those that are here do not.
  const partly = types.filter((all) => all.some((summary) => translated.has(summary)));
  expect(partly.flatMap((all) => all.filter((summary) => !translated.has(summary)))).toEqual([]);
  expect([...translated.keys()].filter((summary) => !summaries.has(summary))).toEqual(OF_SOCKETS);
  for (const text of translated.values()) expect(text).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
});
