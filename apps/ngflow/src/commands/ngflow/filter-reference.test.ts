import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COLUMNS, DERIVED, filterAliases, NAMED, parseFilter, refusedNames } from "@ngflow/flows";

const page = readFileSync(new URL("../../../../../docs/reference/filter.md", import.meta.url), "utf8");

it("the reference page of the filter language lists every column", () => {
  const missing = [...COLUMNS, ...DERIVED.filter((row) => !("binMs" in row)), ...NAMED]
    .filter(({ name }) => !page.includes(`\`${name}\``))
    .map(({ name }) => name);
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

describe.each(["nfdump", "akvorado"])("the page's table of %s", (program) => {
  const [, section = ""] = page.split(`\n## ${program}\n`);
  const rows = section
    .split("\n## ")[0]!
    .split("\n")
    .flatMap((line) => {
      const row = /^\| `([^`]+)`\s*\| (works|refused)(?:: (.*?))?\b/.exec(line);
      return row ? [{ filter: row[1]!, here: line.split("|").at(-2)!.trim() }] : [];
    });

  it.each(rows)("$filter: $here", ({ filter, here }) => {
    if (here.startsWith("works")) expect(() => parseFilter(filter)).not.toThrow();
    else expect(() => parseFilter(filter)).toThrow(here.replace("refused: ", ""));
  });

  it("has every row that it shows", () => {
    expect(rows.length).toBe(
      section
        .split("\n## ")[0]!
        .split("\n")
        .filter((line) => line.startsWith("| `")).length,
    );
    expect(rows.length).toBeGreaterThan(50);
  });
});

it("every name that is refused is in a table", () => {
  const text = page.slice(page.indexOf("\n## nfdump\n")).toLowerCase();
  const numbered = /\d|payload|pblock|tun ip|^flow$|^opid$|^bgpnext$|^forwardingstatus$/;
  const missing = refusedNames().filter((name) => !numbered.test(name) && !text.includes(`\`${name} `));
  expect(missing).toEqual([]);
});
