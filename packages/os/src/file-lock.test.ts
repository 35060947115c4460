import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockFile, lockHolder } from "./file-lock.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-lock-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

it("is held by one until it is released, and names its process", () => {
  const path = join(directory, "lock");
  const lock = lockFile(path);
  expect(lock).toBeDefined();
  expect(lockHolder(path)).toBe(process.pid);
  expect(lockFile(path)).toBeUndefined();
  lock!.release();
  lockFile(path)!.release();
});

it.runIf(process.platform === "linux")("holds against other processes, and ends with its process", () => {
  const path = join(directory, "lock");
  const other = (script: string): string =>
    spawnSync("flock", ["-n", path, "sh", "-c", script], { encoding: "utf8" }).stdout;
  const lock = lockFile(path)!;
  expect(other("echo locked")).toBe("");
  lock.release();
  expect(other("echo locked; kill -KILL $$")).toBe("locked\n");
  lockFile(path)!.release();
});

it("does not follow a link to a file elsewhere", () => {
  symlinkSync(join(directory, "elsewhere"), join(directory, "lock"));
  expect(() => lockFile(join(directory, "lock"))).toThrow(/ELOOP/);
});

it("has no holder without a file", () => expect(lockHolder(join(directory, "lock"))).toBeUndefined());
