/**
 * Words of an entry: the flow's tag in two, its start and end, bytes and packets counted so far (low, high), its use.
 */
export const ENTRY_WORDS = 9;
/** Offsets in an entry. Times are Unix milliseconds modulo 2^32; `used` is Unix seconds, 0 in a free entry. */
export const ENTRY = { tagA: 0, tagB: 1, start: 2, end: 3, bytes: 4, packets: 6, used: 8 } as const;
