/** How long a slice of work may take: packets wait for it. */
const SLICE_MS = 3;
/** The clock is read after this many items. */
const ITEMS = 32;
/** What so few items cost does not need a turn of its own. */
const FEW = 1024;

/** The next turn of the event loop: before it, packets, timers and other clients have theirs. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Calls `each` for every item, in slices with turns of the event loop between them. The first slice of a few items is
 * done before this returns its promise.
 * @param nowMs a clock in milliseconds.
 */
export async function inSlices<Item>(
  items: readonly Item[],
  each: (item: Item) => void,
  nowMs: () => number = () => performance.now(),
): Promise<void> {
  // The list itself was made in this turn.
  if (items.length > FEW) await nextTurn();
  let untilMs = nowMs() + SLICE_MS;
  for (let i = 0; i < items.length; i++) {
    each(items[i]!);
    if (i % ITEMS !== ITEMS - 1 || nowMs() < untilMs) continue;
    await nextTurn();
    untilMs = nowMs() + SLICE_MS;
  }
}
