/** What a connection has done so far; times are milliseconds of a clock that only goes forward. */
export interface ConnectionTimes {
  readonly address: string;
  readonly beganMs: number;
  /** When the last message was complete; `beganMs` before the first. */
  lastMessageMs: number;
  messages: number;
  /** When the message began that is not complete; 0 when there is none. */
  partialMs: number;
}

/** The first message, and the rest of a message that has begun, have to come within so long. */
export const SLOW_MS = 60_000;
/** A connection that was silent for so long gives way to another when there are too many. */
export const SILENT_MS = 60_000;

/** The connections that are open, in all and by address. */
export class ConnectionTable<C extends ConnectionTimes> {
  readonly #open = new Set<C>();
  readonly #byAddress = new Map<string, number>();
  readonly #max: number;
  readonly #maxPerAddress: number;

  constructor(max: number, maxPerAddress: number) {
    this.#max = max;
    this.#maxPerAddress = maxPerAddress;
  }

  get size(): number {
    return this.#open.size;
  }

  values(): IterableIterator<C> {
    return this.#open.values();
  }

  /** Whether an address has as many connections as it may have. */
  isFull(address: string): boolean {
    return (this.#byAddress.get(address) ?? 0) >= this.#maxPerAddress;
  }

  /**
   * The connection to close before another one begins: the one that was silent for longest. Undefined when there is
   * room; `"none"` when none was silent for SILENT_MS, then the other is refused.
   */
  toReplace(nowMs: number): C | "none" | undefined {
    if (this.#open.size < this.#max) return undefined;
    let oldest: C | undefined;
    for (const each of this.#open) if (oldest === undefined || each.lastMessageMs < oldest.lastMessageMs) oldest = each;
    return oldest !== undefined && nowMs - oldest.lastMessageMs >= SILENT_MS ? oldest : "none";
  }

  add(connection: C): void {
    this.#open.add(connection);
    this.#byAddress.set(connection.address, (this.#byAddress.get(connection.address) ?? 0) + 1);
  }

  delete(connection: C): void {
    if (!this.#open.delete(connection)) return;
    const left = this.#byAddress.get(connection.address)! - 1;
    if (left === 0) this.#byAddress.delete(connection.address);
    else this.#byAddress.set(connection.address, left);
  }

  /** Connections that are too slow: no first message yet, or a message that stays incomplete. */
  slow(nowMs: number): C[] {
    return [...this.#open].filter(
      ({ messages, beganMs, partialMs }) =>
        (messages === 0 && nowMs - beganMs >= SLOW_MS) || (partialMs > 0 && nowMs - partialMs >= SLOW_MS),
    );
  }
}
