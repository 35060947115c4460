/** By default an eighth of the memory that is available at start may wait to be written, within these limits. */
const PENDING_SHARE = 8;
const PENDING_MIN_BYTES = 128 * 2 ** 20;
const PENDING_MAX_BYTES = 2 ** 30;

/** How many bytes of rows may wait in memory to be written, where nobody says. */
export function defaultPendingBytes(): number {
  const share = Math.floor(process.availableMemory() / PENDING_SHARE);
  return Math.min(PENDING_MAX_BYTES, Math.max(PENDING_MIN_BYTES, share));
}
