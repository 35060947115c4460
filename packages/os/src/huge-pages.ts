import { hasLibc, libc } from "./libc.ts";

const MADV_HUGEPAGE = 14;

/** Bytes of a page; advice begins on one. */
const PAGE_BYTES = 4096;

/**
 * Asks the kernel to back memory that has not been written yet with pages of 2 MiB where it can (madvise(2)). Advice:
 * where huge pages are switched off, or the system is not Linux, nothing changes.
 * @param memory in a memory of WebAssembly, which begins on a page boundary; what is left of a page at its beginning is
 *   left out
 */
export function adviseHugePages(memory: ArrayBufferView): void {
  if (!hasLibc()) return;
  const from = Math.ceil(memory.byteOffset / PAGE_BYTES) * PAGE_BYTES;
  const bytes = memory.byteOffset + memory.byteLength - from;
  if (bytes > 0) libc().madvise(new Uint8Array(memory.buffer as ArrayBuffer, from, bytes), bytes, MADV_HUGEPAGE);
}
