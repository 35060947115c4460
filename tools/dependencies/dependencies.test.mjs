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
  const packages = {
    "node_modules/@scope/first": { license: "MIT" },
    "node_modules/second": { license: "ISC", hasInstallScript: true, optionalDependencies: { "second-linux": "2" } },
    "node_modules/second-linux": { license: "ISC", os: ["linux"] },
  };
  write("package-lock.json", JSON.stringify({ packages }));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path, text) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const FACTS = ["| @scope/first | MIT | JavaScript | none |", "| second | ISC | native: a binary | yes |"];

function check(...cells) {
  return checkFacts(FACTS, cells);
}

function checkFacts(facts, cells = ["@scope/first", "second", "third"]) {
  const rows = cells.map((cell) => `| ${cell} | it is used, as fourth was |`);
  const table = ["| dependency | licence | ships | install script |", "| --- | --- | --- | --- |", ...facts];
  const page = ["# Page", "", "| dependency | reason |", "| --- | --- |", ...rows, "", ...table, ""];
  write("docs/dependencies.md", page.join("\n"));
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

test("what a dependency at run time is made of is compared with the lock file", () => {
  expect(checkFacts(FACTS)).toEqual([]);
  expect(checkFacts(FACTS.slice(0, 1))).toEqual(["docs/dependencies.md does not say what second is made of"]);
  expect(checkFacts(["| @scope/first | ISC | native | yes |", "| second | ISC | JavaScript | none |"])).toEqual([
    "docs/dependencies.md: @scope/first: its licence is MIT, not ISC",
    "docs/dependencies.md: @scope/first: it ships no native binary",
    "docs/dependencies.md: @scope/first: it has no install script",
    "docs/dependencies.md: second: it ships native binaries",
    "docs/dependencies.md: second: it has an install script",
  ]);
});

test("a reason for what is not a dependency is found", () => {
  expect(check("@scope/first", "second", "third", "fourth")).toEqual([
    "docs/dependencies.md: fourth is not a dependency",
  ]);
});
