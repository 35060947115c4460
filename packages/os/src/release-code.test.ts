import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { hasLibc } from "./libc.ts";
import { releaseCode } from "./release-code.ts";

/** Kilobytes in memory of the code of a library. */
function codeKib(name: string): number {
  const smaps = readFileSync("/proc/self/smaps", "utf8");
  const found = new RegExp(` r-xp [^\\n]*/${name}\\n(?:\\w+:[^\\n]*\\n)*?Rss: +(\\d+) kB`).exec(smaps);
  return Number(found?.[1] ?? 0);
}

test.skipIf(!hasLibc())("code that ran once is given back, and runs again", () => {
  const name = "koffi.node";
  const koffi = createRequire(import.meta.url)("koffi") as { sizeof(type: string): number };
  const before = codeKib(name);
  expect(before).toBeGreaterThan(0);
  expect(releaseCode(name)).toBeGreaterThanOrEqual(before * 1024);
  expect(codeKib(name)).toBeLessThan(before);
  expect(koffi.sizeof("int")).toBe(4);
  expect(releaseCode("no-such-library.so")).toBe(0);
});
