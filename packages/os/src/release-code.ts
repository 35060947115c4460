import { readFileSync } from "node:fs";
import { hasLibc, libc } from "./libc.ts";

const MADV_DONTNEED = 4;

/** A mapping of code in `/proc/self/maps`, and the file that it is of. */
const CODE = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ \d+ +(\/.*)$/;

/**
 * Gives back the memory of a shared library's code (madvise(2)). The kernel maps what runs from then on again, from the
 * page cache. So what ran once, when the library was loaded, no longer counts as memory of this process. Nothing is
 * lost: code is never written, and its pages are those of the file.
 *
 * @param name of the library's file, without its directory
 * @returns bytes of the mappings, whose pages need not all have been in memory; 0 elsewhere than on Linux
 */
export function releaseCode(name: string): number {
  if (!hasLibc()) return 0;
  let bytes = 0;
  for (const line of readFileSync("/proc/self/maps", "utf8").split("\n")) {
    const [, from = "", to = "", file = ""] = CODE.exec(line) ?? [];
    if (!file.endsWith(`/${name}`)) continue;
    const length = Number(BigInt(`0x${to}`) - BigInt(`0x${from}`));
    if (libc().madvise(BigInt(`0x${from}`), length, MADV_DONTNEED) === 0) bytes += length;
  }
  return bytes;
}
