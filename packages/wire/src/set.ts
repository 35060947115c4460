/** Set header of v9 and IPFIX: id(2) length(2, header included). */
export const SET_HEADER_LENGTH = 4;
/** Least template id, and so the least id of a data set. */
export const MIN_TEMPLATE_ID = 256;

/** The offset after the last byte in `bytes[start, end)` that is not zero; `start` when there is none. */
export function zeroTail(bytes: Uint8Array, start: number, end: number): number {
  let o = end;
  while (o > start && bytes[o - 1] === 0) o--;
  return o;
}

/** Whether only zero bytes are left: the padding some exporters fill a datagram with. */
export function allZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}
