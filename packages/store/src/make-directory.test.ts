import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeDirectory } from "./make-directory.ts";

const directory = mkdtempSync(join(tmpdir(), "ngflow-make-directory-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("makeDirectory", () => {
  it("makes parents, and is content with what is there", async () => {
    const deep = join(directory, "a", "b", "c");
    await makeDirectory(deep, 0o750);
    await makeDirectory(deep, 0o750);
    expect(statSync(deep).isDirectory()).toBe(true);
  });

  it("refuses a file in the way", async () => {
    writeFileSync(join(directory, "file"), "");
    await expect(makeDirectory(join(directory, "file"), 0o750)).rejects.toThrow("EEXIST");
    await expect(makeDirectory(join(directory, "file", "x"), 0o750)).rejects.toThrow("ENOTDIR");
  });

  it.skipIf(!existsSync("/proc/self"))("returns where the file system refuses the name", async () => {
    await expect(makeDirectory("/proc/x/y", 0o750)).rejects.toThrow("ENOENT");
  });
});
