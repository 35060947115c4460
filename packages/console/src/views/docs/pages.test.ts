import { join } from "node:path";
import { expect, test } from "vitest";
import { collectDocs } from "../../docs/build/collect.ts";
import { VIEWS } from "../index.ts";
import { type DocsEntry, foldersOf, pageFor, searchDocs } from "./pages.ts";

const entry = (name: string, title: string, headings: DocsEntry["headings"] = []): DocsEntry => ({
  name,
  title,
  headings,
  load: async () => ({ default: "" }),
});
const PAGES = [
  entry("", "Documentation"),
  entry("index.ja", "ドキュメント"),
  entry("how-to/query", "Query flows", [["95th percentile", "95th-percentile"]]),
  entry("how-to/alert", "Alert"),
  entry("tutorials/netflow", "A NetFlow exporter"),
  entry("tutorials/netflow.ja", "NetFlow エクスポーター"),
  entry("CONTRIBUTING", "Contributing"),
];

test("the page is in the language of the reader where it exists", () => {
  expect(pageFor(PAGES, "tutorials/netflow", "ja")?.name).toBe("tutorials/netflow.ja");
  expect(pageFor(PAGES, "tutorials/netflow", "en")?.name).toBe("tutorials/netflow");
  expect(pageFor(PAGES, "how-to/query", "ja")?.name).toBe("how-to/query");
  expect(pageFor(PAGES, "tutorials/netflow.ja", "en")?.name).toBe("tutorials/netflow.ja");
  expect(pageFor(PAGES, "", "ja")?.name).toBe("index.ja");
  expect(pageFor(PAGES, "", "en")?.name).toBe("");
  expect(pageFor(PAGES, "no/such", "en")).toBeUndefined();
});

test("each page is in its folder once", () => {
  expect(foldersOf(PAGES, "ja").map(([folder, of]) => [folder, of.map(({ name }) => name)])).toEqual([
    ["tutorials", ["tutorials/netflow.ja"]],
    ["how-to", ["how-to/alert", "how-to/query"]],
    ["more", ["CONTRIBUTING"]],
  ]);
});

test("a search finds titles, then headings, and needs every word", () => {
  const found = (text: string) => searchDocs(PAGES, text, 10).map(({ page, heading }) => [page.name, heading?.[1]]);
  expect(found("QUERY")).toEqual([["how-to/query", undefined]]);
  expect(found("query 95th")).toEqual([["how-to/query", "95th-percentile"]]);
  expect(found("query nothing")).toEqual([]);
  expect(found(" ")).toEqual([]);
});

test("the help of every page of the console exists", () => {
  const pages = new Map(collectDocs(join(import.meta.dirname, "../../../../..")).map((page) => [page.name, page]));
  for (const { path, help } of VIEWS) {
    if (help === undefined) continue;
    const [name = "", anchor] = help.split("#");
    expect(pages.has(name), `${path}: ${help}`).toBe(true);
    if (anchor !== undefined)
      expect(
        pages.get(name)!.headings.map(({ id }) => id),
        path,
      ).toContain(anchor);
  }
});
