import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root as project } from "../workspaces.mjs";
import { checkDependencies } from "./check.mjs";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "ngflow-dependencies-"));
  write("package.json", JSON.stringify({ name: "all", workspaces: ["packages/one", "packages/absent"] }));
  const dependencies = { "@scope/first": "1", second: "2", all: "1" };
  write("packages/one/package.json", JSON.stringify({ name: "one", dependencies, devDependencies: { third: "3" } }));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path, text) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function check(...cells) {
  const rows = cells.map((cell) => `| ${cell} | it is used, as fourth was |`);
  write("docs/dependencies.md", ["# Page", "", "| dependency | reason |", "| --- | --- |", ...rows, ""].join("\n"));
  return checkDependencies(root);
}

test("every dependency of this checkout has a reason on the page", () => {
  expect(checkDependencies(project)).toEqual([]);
});

test("names are read with links, versions and lists", () => {
  expect(check("[@scope/first](https://example.com) 1, second", "third 3.0")).toEqual([]);
});

test("a dependency without a reason is found, with its manifest", () => {
  const missing = "docs/dependencies.md gives no reason for third of packages/one/package.json";
  expect(check("@scope/first", "second")).toEqual([missing]);
});

test("a reason for what is not a dependency is found", () => {
  expect(check("@scope/first", "second", "third", "fourth")).toEqual([
    "docs/dependencies.md: fourth is not a dependency",
  ]);
});
