import { hasLibc, libc } from "./libc.ts";

const MADV_HUGEPAGE = 14;

/**
 * Asks the kernel to back memory that has not been written yet with pages of 2 MiB (madvise(2)). Advice: where huge pages are
 * switched off, or there is no Linux, nothing changes.
 * @param memory begins on a page boundary, as memories of WebAssembly do
 */
export function adviseHugePages(memory: ArrayBuffer): void {
  if (hasLibc()) libc().madvise(new Uint8Array(memory), memory.byteLength, MADV_HUGEPAGE);
}
