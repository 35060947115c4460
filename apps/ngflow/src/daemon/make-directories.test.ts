import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeDirectories } from "./make-directories.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-make-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("makes what is missing, the innermost last, and nothing again", () => {
  const [a, b] = [join(folder, "a"), join(folder, "a", "b")];
  expect(makeDirectories(b, 0o700)).toEqual([a, b]);
  expect(statSync(a).mode & 0o777).toBe(0o700);
  expect(makeDirectories(b)).toEqual([]);
});

it("refuses a file in the way", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => makeDirectories(join(folder, "file"))).toThrow("EEXIST");
  expect(() => makeDirectories(join(folder, "file", "x"))).toThrow("ENOTDIR");
});

it.runIf(process.platform === "linux")("ends where the file system has no such name", () => {
  expect(() => makeDirectories("/proc/ngflow/data")).toThrow("ENOENT");
});
