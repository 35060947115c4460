import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../support/command.ts";
import { pages, shellBlocks } from "../support/pages.ts";

const text = (page: string): string => readFileSync(join(ROOT, page), "utf8");
const translated = pages().filter((page) => page.endsWith(".ja.md"));

/** What a page and its translation have in common, whatever the language. */
function common(page: string): object {
  const prose = text(page).replaceAll(/```[^]*?```/g, "");
  return {
    headings: [...prose.matchAll(/^(#+) /gm)].map(([, level]) => level),
    // Rows of tables: a new option or a new page is one.
    rows: [...prose.matchAll(/^\|/gm)].length,
    commands: shellBlocks(page).map(({ script, notRun }) => ({ script, notRun })),
  };
}

describe("Japanese pages", () => {
  test("there are some", () => expect(translated.length).toBeGreaterThan(3));

  test.each(translated)("%s has the headings, tables and commands of the English page", (page) => {
    const english = page.replace(".ja.md", ".md");
    expect(existsSync(join(ROOT, english))).toBe(true);
    expect(common(page)).toEqual(common(english));
  });

  test.each(translated)("%s and the English page link to each other", (page) => {
    const english = page.replace(".ja.md", ".md");
    expect(text(page)).toContain(`[English](${basename(english)})`);
    expect(text(english)).toContain(`(${basename(page)})`);
  });
});
