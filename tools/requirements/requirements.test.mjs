import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root as project } from "../workspaces.mjs";
import { checkRequirements } from "./check.mjs";
import { absent, done, otherwise } from "./row.mjs";
import { TABLES } from "./tables.mjs";

describe("check of the rules' tests", () => {
  let root = "";
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "ngflow-requirements-"));
    writeFileSync(
      join(root, "a.test.ts"),
      'it("holds", () => {});\nit.each([\n  1,\n])(\n  "holds for %i",\n  () => {},\n);\n',
    );
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const check = (verdict) => checkRequirements(root, [{ rfc: 1, rows: [["2.3", "both", "A rule.", verdict]] }]);

  test.each([
    ["a test", done(["a.test.ts", "holds"])],
    ["a test of several cases", done(["a.test.ts", "holds for %i"])],
    ["a reason", absent("It is not.")],
  ])("accepts %s", (_name, verdict) => expect(check(verdict)).toEqual([]));

  test.each([
    ["a test that is absent", done(["a.test.ts", "hold"]), 'a.test.ts has no test "hold"'],
    ["a file that is absent", done(["b.test.ts", "holds"]), "there is no file b.test.ts"],
    ["a rule that is done without a test", done(), "names no test"],
    ["a rule that is not done without a reason", otherwise("", ["a.test.ts", "holds"]), "says not why"],
  ])("refuses %s", (_name, verdict, message) => {
    const violations = check(verdict);
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain('RFC 1, section 2.3, "A rule."');
    expect(violations[0]).toContain(message);
  });
});

test("every test that the tables name exists", () => {
  expect(checkRequirements(project, TABLES)).toEqual([]);
  expect(TABLES.flatMap(({ rows }) => rows).length).toBeGreaterThan(100);
});
