import { hasLibc, libc } from "./libc.ts";

const MADV_HUGEPAGE = 14;

/** Bytes of a page; advice begins on one. */
const PAGE_BYTES = 4096;

/**
 * Asks the kernel to back memory that has not been written yet with pages of 2 MiB where it can (madvise(2)). Advice:
 * where huge pages are switched off, or the system is not Linux, nothing changes.
 * @param memory outside the JavaScript heap, where it does not move: of WebAssembly, shared, or large. What is left of
 *   a page at its beginning is left out.
 */
export function adviseHugePages(memory: ArrayBufferView): void {
  if (!hasLibc()) return;
  const { addressOf, madvise } = libc();
  const at = addressOf(memory.buffer) + memory.byteOffset;
  const from = Math.ceil(at / PAGE_BYTES) * PAGE_BYTES;
  const bytes = at + memory.byteLength - from;
  if (bytes > 0) madvise(BigInt(from), bytes, MADV_HUGEPAGE);
}
