/** Values that several domains of an exporter have sent for one key, and the one they agree on. */
interface Votes {
  readonly counts: Map<number, number>;
  /** The only value, 0 where there are several. */
  only: number;
}

/**
 * What the domains of an exporter say, by key (a sampler's id, an interface). A domain that lacks a fact may use that
 * of the others, if there is only one: nobody can tell which of several is meant. Every step takes the same time,
 * however many domains there are.
 */
export class Agreement {
  readonly #byKey = new Map<number, Votes>();

  get size(): number {
    return this.#byKey.size;
  }

  add(key: number, value: number): void {
    let votes = this.#byKey.get(key);
    if (votes === undefined) {
      votes = { counts: new Map(), only: 0 };
      this.#byKey.set(key, votes);
    }
    votes.counts.set(value, (votes.counts.get(value) ?? 0) + 1);
    settle(votes);
  }

  remove(key: number, value: number): void {
    const votes = this.#byKey.get(key);
    const count = votes?.counts.get(value);
    if (votes === undefined || count === undefined) return;
    if (count > 1) votes.counts.set(value, count - 1);
    else votes.counts.delete(value);
    if (votes.counts.size === 0) this.#byKey.delete(key);
    else settle(votes);
  }

  /** The value that all agree on; 0 where nobody has sent one, or several differ. */
  only(key: number): number {
    return this.#byKey.get(key)?.only ?? 0;
  }
}

function settle(votes: Votes): void {
  votes.only = 0;
  if (votes.counts.size !== 1) return;
  for (const value of votes.counts.keys()) votes.only = value;
}
