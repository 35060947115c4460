import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root as project } from "../workspaces.mjs";
import { checkErrors } from "./check.mjs";

const TABLE = "packages/store/src/errors.ts";
const USER = "packages/store/src/one.ts";

/** A module with a table of these rows: code and meaning. */
const table = (rows, name = "STORE_ERRORS") =>
  `export const ${name} = {\n` +
  rows.map(([code, meaning]) => `  "${code}": { exit: "os", meaning: "${meaning}" },\n`).join("") +
  "} as const satisfies ErrorTable;\n";
const thrower = (...codes) => codes.map((code) => `export const a = () => new StoreError("${code}", "no");\n`).join("");

describe("check of the error codes", () => {
  let root = "";
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "ngflow-errors-"));
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  /** Writes files, checks them, removes them again. */
  function check(files) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    try {
      return checkErrors(root);
    } finally {
      for (const path of Object.keys(files)) rmSync(join(root, path));
    }
  }

  test("accepts a code that is thrown, also as one of two", () => {
    const files = {
      [TABLE]: table([
        ["store-held", "It is held."],
        ["store-full", "It is full."],
      ]),
      [USER]: 'export const a = (full) => new StoreError(full ? "store-full" : "store-held", "no");\n',
    };
    expect(check(files)).toEqual({ codes: 2, tables: 1, violations: [] });
  });

  test.each([
    ["a code that nothing throws", { [TABLE]: table([["store-held", "It is held."]]) }, "nothing in packages/store"],
    [
      "a code that is only compared",
      {
        [TABLE]: table([["store-held", "It is held."]]),
        [USER]: 'export const a = (error) => error.code === "store-held";\n',
      },
      "nothing in packages/store",
    ],
    [
      "a code that only a test throws",
      { [TABLE]: table([["store-held", "It is held."]]), "packages/store/src/one.test.ts": thrower("store-held") },
      "nothing in packages/store",
    ],
    [
      "a code in upper case",
      { [TABLE]: table([["STORE_HELD", "It is held."]]), [USER]: thrower("STORE_HELD") },
      "lower case",
    ],
    [
      "a meaning that is not a sentence",
      { [TABLE]: table([["store-held", "held"]]), [USER]: thrower("store-held") },
      "not a sentence",
    ],
    [
      "a code of two tables",
      {
        [TABLE]: table([["store-held", "It is held."]]) + table([["store-held", "It is held."]], "MORE_ERRORS"),
        [USER]: thrower("store-held"),
      },
      "has this code already",
    ],
    [
      "a class that takes any code",
      { [USER]: "export class LooseError extends NgflowError {}\n" },
      "derive the class from errorClass",
    ],
  ])("refuses %s", (_, files, message) => {
    const { violations } = check(files);
    expect(violations).toEqual([expect.stringContaining(message)]);
  });
});

test("the error codes of this checkout are in tables, and all are used", () => {
  const { codes, violations } = checkErrors(project);
  expect(violations).toEqual([]);
  expect(codes).toBeGreaterThan(100);
});
