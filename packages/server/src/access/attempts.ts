/** How many passwords are tried: `burst` at once, then one each `eachMs`. */
const LIMIT = { burst: 5, eachMs: 12_000 } as const;

/** Networks that are remembered; beyond, the one that tried longest ago is forgotten. */
const MOST_NETWORKS = 4096;

/**
 * Slows down who guesses passwords: each address (of IPv6: each /64) has a count of its own. A name has none, because
 * anybody could then keep its owner out.
 */
export class Attempts {
  /** Attempts that count still, by network, and when they were counted last. The oldest is first. */
  readonly #byNetwork = new Map<string, { readonly count: number; readonly atMs: number }>();

  /** Milliseconds until the next attempt of a network may be made; 0 now. */
  waitMs(network: string, nowMs: number): number {
    return Math.max(0, Math.ceil((this.#countOf(network, nowMs) + 1 - LIMIT.burst) * LIMIT.eachMs));
  }

  /** Counts an attempt before its outcome is known, so that many at once are counted, too. */
  begin(network: string, nowMs: number): void {
    const count = this.#countOf(network, nowMs) + 1;
    this.#byNetwork.delete(network);
    this.#byNetwork.set(network, { count, atMs: nowMs });
    if (this.#byNetwork.size > MOST_NETWORKS) this.#byNetwork.delete(this.#byNetwork.keys().next().value!);
  }

  /** Forgets the attempts of who had the right password. */
  forget(network: string): void {
    this.#byNetwork.delete(network);
  }

  #countOf(network: string, nowMs: number): number {
    const counted = this.#byNetwork.get(network);
    return counted === undefined ? 0 : Math.max(0, counted.count - Math.max(0, nowMs - counted.atMs) / LIMIT.eachMs);
  }
}
