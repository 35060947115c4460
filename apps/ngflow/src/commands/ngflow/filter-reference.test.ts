import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { COLUMNS, filterAliases } from "@ngflow/flows";

const page = readFileSync(new URL("../../../../../docs/reference/filter.md", import.meta.url), "utf8");

it("the reference page of the filter language lists every column", () => {
  const missing = COLUMNS.filter(({ name }) => !page.includes(`\`${name}\``)).map(({ name }) => name);
  expect(missing).toEqual([]);
});

it("the reference page of the filter language lists every short name with its columns, and no other", () => {
  const code = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  const table = page.slice(page.indexOf("Short names."), page.indexOf("## What a query counts"));
  const rows = table.split("\n").filter((line) => line.startsWith("| `"));
  const listed = rows.flatMap((row) => {
    const [, names, columns] = row.split("|");
    return code(names!).map((name) => ({ name, columns: code(columns!) }));
  });
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  expect(listed.sort(byName)).toEqual([...filterAliases()].sort(byName));
});
