import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { literalsOf } from "./literals.ts";

const SRC = join(import.meta.dirname, "..");

test("text, labels and values of expressions are found; code, names and comparisons are not", () => {
  const source = `
    <script>const a = "Not seen";</script>
    <p title={t.one}>Seen {b === "x" ? "also" : t.two} {t.call("no")}</p>
    <button aria-label="Named" class="control" title={\`In \${a}\`}>×</button>
    <code>ngctl list</code><span>ngflow</span>{#if a === "open"}{b ?? "last"}{/if}`;
  expect(literalsOf(source).map(({ text }) => text)).toEqual(["Seen", "also", "Named", "In", "last"]);
});

const COMPONENTS = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".svelte"));

test.each(COMPONENTS.sort())("%s has its texts from messages", (path) => {
  const literals = literalsOf(readFileSync(join(SRC, path), "utf8")).map(({ text }) => text);
  expect(literals).toEqual([]);
});
