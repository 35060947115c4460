import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root as project } from "../workspaces.mjs";
import { checkCitations } from "./check.mjs";

const PAGE = "# A page\n\n## 1. Limits\n\n### 1.2 Names\n\n## 8. Commands\n\n### 8.15 Errors\n";

/**
 * A source with a comment of these lines. They are not comments here, so that the check of this checkout skips them.
 */
const commented = (lines) =>
  ["/**", ...lines.map((line) => ` * ${line}`), " */", "export const one = 1;", ""].join("\n");

describe("citation check", () => {
  let root = "";
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "ngflow-citations-"));
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  /** Writes files next to the page, checks them, removes them again. */
  function check(files) {
    const all = { "docs/reference/page.md": PAGE, ...files };
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    try {
      return checkCitations(root);
    } finally {
      for (const path of Object.keys(all)) rmSync(join(root, path));
    }
  }

  test.each([
    ["one section", ["A name (reference: page.md §1.2)."], 1],
    ["several", ["Names (page.md §1, §1.2", "and §8 to §8.15)."], 4],
    ["the word section", ["As in page.md, section 8.15."], 1],
    ["a path", ["See docs/reference/page.md §8."], 2],
    ["an RFC", ["RFC 9293 §3.1, RFC 8200 section 8.1 and §4."], 0],
  ])("follows %s", (_, lines, citations) => {
    const expected = { files: 2, citations, violations: [] };
    expect(check({ "packages/graph/src/one.ts": commented(lines) })).toEqual(expected);
  });

  test("reads the comment after code, and no code", () => {
    const comment = `${"/".repeat(2)} page.md §8.15`;
    expect(check({ "apps/one.ts": `const one = 1; ${comment}\n` })).toMatchObject({ citations: 1, violations: [] });
    expect(check({ "apps/one.ts": 'const one = "page.md §7";\n' })).toMatchObject({ citations: 0, violations: [] });
  });

  test.each([
    ["a section that the page lacks", ["Names (page.md §1.3)."], "no heading of page.md has that number"],
    ["the last of a list", ["Names (page.md §1, §8.15,", "§9)."], "page.md §9: no heading"],
    ["a page that is absent", ["As in other.md, section 1."], "docs/ has no page other.md"],
    ["a path that is absent", ["As in docs/how-to/gone.md."], "docs/how-to/gone.md does not exist"],
    ["a section of nothing", ["Totals (design, section 3)."], "section 3 of what?"],
    ["a section far from its page", ["See page.md for all. Names (§1.2)."], "section 1.2 of what?"],
  ])("refuses %s", (_, lines, message) => {
    const { violations } = check({ "packages/graph/src/one.ts": commented(lines) });
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain("packages/graph/src/one.ts:1: ");
    expect(violations[0]).toContain(message);
  });

  test("takes a bare section of a page for one of its own, and one after a page's name for that page's", () => {
    const good = "# Other\n\n## 5. Here\n\nSee §5, page.md §8.15 and\n[page](page.md) §1.2.\n";
    expect(check({ "docs/reference/good.md": good })).toMatchObject({ citations: 3, violations: [] });
    const bad = "# Other\n\n## 5. Here\n\nSee §6 and page.md §5.\n";
    expect(check({ "docs/reference/bad.md": bad }).violations).toEqual([
      "docs/reference/bad.md:5: page.md §5: no heading of page.md has that number",
      "docs/reference/bad.md:5: bad.md §6: no heading of bad.md has that number",
    ]);
  });
});

test("the comments of this checkout cite pages, and all of the citations lead somewhere", () => {
  const { citations, violations } = checkCitations(project);
  expect(violations).toEqual([]);
  expect(citations).toBeGreaterThan(100);
});
