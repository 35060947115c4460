/**
 * Shares the event loop between the answers that are being written: however many there are, one piece is made per turn
 * of the loop, so that requests, timers and other work wait for one piece at most.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  /** Resolves when the caller may make its next piece. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(this.#one);
    });
  }

  readonly #one = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#one);
  };
}
