import { NgError } from "../ng-error.ts";
import type { ParseOutput, UnparseContext } from "./parse-type.ts";

/** Size of the kernel's conversion buffers; what does not fit is ERANGE (reference: netgraph.md §4.6). */
export const CONVERSION_BYTES = 20 * 1024;

/** An empty conversion buffer. */
export function createOutput(messageLength: number): ParseOutput {
  return { start: 0, bytes: new Uint8Array(CONVERSION_BYTES), length: 0, messageLength };
}

/** Appends bytes. @throws NgError ERANGE when the conversion buffer is full. */
export function append(out: ParseOutput, bytes: ArrayLike<number>): void {
  if (out.length + bytes.length > out.bytes.length) throw new NgError("ERANGE");
  out.bytes.set(bytes, out.length);
  out.length += bytes.length;
}

/** Appends `count` zero bytes. @throws NgError ERANGE when the conversion buffer is full. */
export function appendZeros(out: ParseOutput, count: number): void {
  if (out.length + count > out.bytes.length) throw new NgError("ERANGE");
  out.bytes.fill(0, out.length, out.length + count);
  out.length += count;
}

/** The view of a buffer being written that default values take their lengths from. */
export function contextOf(out: ParseOutput): UnparseContext {
  return { start: out.start, at: out.length, data: out.bytes, messageLength: out.messageLength };
}
