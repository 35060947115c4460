import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseFilter } from "@ngflow/flows";
import { readFilterFiles } from "./filter-files.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-filter-"));
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "web"), "proto tcp # comment with @nothing\nand port in [80 443]");
  writeFileSync(join(folder, "sub", "inner"), "host in @hosts");
  writeFileSync(join(folder, "sub", "hosts"), "10.0.0.0/8\n2001:db8::/32\n");
  writeFileSync(join(folder, "loop"), "@include loop");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("an included file is part of the filter", () => {
  const { filter, sets } = readFilterFiles(["@include", `${folder}/web`, "and", "not", "host", "::1"]);
  expect(sets).toEqual({});
  expect(parseFilter(filter)).toEqual(parseFilter("proto tcp and port in [80 443] and not host ::1"));
});

test("names in a file are relative to its folder", () => {
  const { filter, sets } = readFilterFiles([`@include ${folder}/sub/inner`]);
  expect(sets).toEqual({ [`${folder}/sub/hosts`]: "10.0.0.0/8\n2001:db8::/32\n" });
  expect(parseFilter(filter, sets)).toMatchObject({ kind: "or", terms: [{ kind: "prefixes" }, { kind: "prefixes" }] });
});

test("a file that cannot be read is named", () => {
  expect(() => readFilterFiles(["src net in @/nonexistent/list"])).toThrow(
    expect.objectContaining({
      exit: 66,
      message: expect.stringMatching(/^filter: \/nonexistent\/list cannot be read/),
    }),
  );
  expect(() => readFilterFiles([`@include ${folder}/loop`])).toThrow(/nested deeper than 8/);
  expect(readFilterFiles(["Proto = '@x' # @y"])).toEqual({ filter: "Proto = '@x' # @y", sets: {} });
});
