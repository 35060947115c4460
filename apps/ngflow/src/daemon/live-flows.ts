import { setTimeout } from "node:timers/promises";
import type { Store } from "@ngflow/store";
import { liveBatch, type LiveEntry, liveEntries } from "./live-batch.ts";
import type { ServeDeps } from "./sources.ts";

/** The caches are looked at again after so long, when somebody asks. */
const LOOK_MS = 2000;
/** An answer waits at most so long for them. */
const WAIT_MS = 150;
/** What was seen so long ago is not under way any more, and stored: `PATH_MS` and a look. */
const SEEN_MS = 8000;

interface Seen extends LiveEntry {
  readonly atMs: number;
}

interface LiveDeps {
  readonly flows: NonNullable<ServeDeps["graph"]["flows"]>;
  readonly store: Pick<Store, "holdLive">;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

/**
 * Tells a store what the flow caches of this machine hold, so that the newest minute is not short of it. A flow that
 * has left the cache and is not stored yet is on its way: it counts as it was seen last.
 */
export class LiveFlowsWatch {
  readonly #deps: LiveDeps;
  #seen = new Map<string, Seen>();
  #lookedMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> = Promise.resolve();
  /** Since when the caches were looked at without a pause that is longer than a record's way; null if they were not. */
  #sinceMs: number | null = null;

  constructor(deps: LiveDeps) {
    this.#deps = deps;
  }

  /**
   * Looks again, if that was not lately. Resolves to since when flows that leave the caches are seen: what left them
   * before may be missing for a moment. Null if nothing is known of the caches.
   */
  async look(): Promise<number | null> {
    const { nowMs } = this.#deps;
    if (Math.abs(nowMs() - this.#lookedMs) >= LOOK_MS) {
      if (nowMs() - this.#lookedMs > SEEN_MS) this.#sinceMs = null;
      this.#lookedMs = nowMs();
      this.#looking = this.#look(this.#lookedMs);
    }
    await Promise.race([this.#looking, setTimeout(WAIT_MS, undefined, { ref: false })]);
    return this.#sinceMs;
  }

  async #look(atMs: number): Promise<void> {
    const { flows, store } = this.#deps;
    try {
      const found = await flows();
      if (found === null) {
        this.#seen.clear();
        this.#sinceMs = null;
        return await store.holdLive(null);
      }
      for (const [key, entry] of liveEntries(found.cached)) this.#seen.set(key, { ...entry, atMs });
      for (const [key, { atMs: seenMs }] of this.#seen) if (seenMs < atMs - SEEN_MS) this.#seen.delete(key);
      await store.holdLive({ batch: liveBatch(this.#seen.values(), this.#seen.size, found.exporter), atMs });
      this.#sinceMs ??= atMs;
    } catch {
      // The next look.
      this.#sinceMs = null;
    }
  }
}
