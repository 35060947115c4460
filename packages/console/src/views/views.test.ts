import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CHARTS } from "../charts/index.ts";
import { DEFAULT_VIEW } from "../state/url-state.ts";
import { VIEWS } from "./index.ts";

test("every chart is filed under its own kind, in a folder with a component", () => {
  for (const [kind, chart] of Object.entries(CHARTS)) {
    expect(chart.kind).toBe(kind);
    expect(existsSync(join(import.meta.dirname, "../charts", kind, "Chart.svelte")), kind).toBe(true);
  }
});

test("paths and titles are all different, and no path hides a route of the server or looks like a file", () => {
  for (const values of [
    VIEWS.map(({ path }) => path),
    VIEWS.map(({ title }) => title.en),
    VIEWS.map(({ title }) => title.ja),
  ]) {
    expect(new Set(values).size).toBe(values.length);
  }
  for (const { path } of VIEWS) expect(path).toMatch(/^\/(?!api\/|metrics$|assets\/)([a-z-]+(\/[:*]?[a-z-]+)*)?$/);
});

test("every chart is on some view, and on each at most once", () => {
  const shown = VIEWS.map(({ needs }) => needs(DEFAULT_VIEW, {}));
  for (const kinds of shown) expect(new Set(kinds).size).toBe(kinds.length);
  expect(new Set(shown.flat())).toEqual(new Set(Object.keys(CHARTS)));
});
