import { join } from "node:path";
import { expect, test } from "vitest";
import { anchors } from "./anchors.ts";
import { collectDocs } from "./collect.ts";
import { pageName, renderPage } from "./render.ts";

const ROOT = join(import.meta.dirname, "../../../../..");

test("anchors are those of GitHub", () => {
  const idOf = anchors();
  expect(["What `--keep` does, and when", "A/B: 10 %", "Ports", "Ports", "回線・枝"].map(idOf)).toEqual([
    "what---keep-does-and-when",
    "ab-10-",
    "ports",
    "ports-1",
    "回線枝",
  ]);
});

test.each([
  ["docs/README.md", ""],
  ["docs/README.ja.md", "index.ja"],
  ["docs/how-to/query.md", "how-to/query"],
  ["README.md", "README"],
  ["README.ja.md", "README.ja"],
  ["packages/nodes/src/tee/README.md", "packages/nodes/src/tee/README"],
])("%s is the page %j", (file, name) => {
  expect(pageName(file)).toBe(name);
});

test("links lead to pages, to anchors, elsewhere, or are text", () => {
  const { html, links, title } = renderPage(
    "docs/how-to/a.md",
    "# A `b`\n\n[q](query.md#json) [i](../README.md) [h](#here) [x](https://example.org/) [t](../../a.test.ts)\n\n## Here\n",
  );
  expect(title).toBe("A b");
  expect(html).toContain('<h2 id="a-b">A <code>b</code></h2>');
  expect(html).toContain(
    '<a href="/docs/how-to/query#json">q</a> <a href="/docs">i</a> <a href="#here">h</a>' +
      ' <a href="https://example.org/" rel="noreferrer">x</a> t',
  );
  expect(links).toEqual([
    { file: "docs/how-to/query.md", anchor: "json" },
    { file: "docs/README.md", anchor: "" },
    { file: "docs/how-to/a.md", anchor: "here" },
  ]);
});

test("a Japanese page leads to its English one although the reader reads Japanese", () => {
  expect(renderPage("docs/a.ja.md", "[English](a.md) [b](b.md)").html).toContain(
    '<a href="/docs/a?lang=en">English</a> <a href="/docs/b">b</a>',
  );
});

test("HTML of the text is not of the page, but for pictures; code and tables are escaped", () => {
  const { html, pictures } = renderPage(
    "docs/a.md",
    '<!-- run: x -->\n<script>alert(1)</script>\n\n<img src="b/c.png" alt="C">\n\n```sh\na < b\n```\n\n| `<x>` | b |\n| --- | --: |\n| 1 | 2 |\n',
  );
  expect(html).not.toContain("<script");
  expect(html).not.toContain("run:");
  expect(html).toContain('<img src="picture:docs/b/c.png" alt="C"');
  expect(html).toContain("a &lt; b");
  expect(html).toContain('<th><code>&lt;x&gt;</code></th><th class="right">b</th>');
  expect(pictures).toEqual(["docs/b/c.png"]);
});

test("every page is reached, and every link and anchor of them exists", () => {
  const pages = collectDocs(ROOT);
  const names = pages.map(({ name }) => name);
  expect(names[0]).toBe("");
  expect(names).toContain("how-to/use-the-console");
  expect(names).toContain("reference/collector-counters");
  expect(names).toContain("tutorials/netflow-exporter.ja");
  expect(new Set(names).size).toBe(names.length);
  for (const { html } of pages) expect(html).not.toMatch(/<(?:script|style|iframe|link)\b/);
});
