import { ApiError } from "../errors.ts";

/** Bodies that arrive or wait to be parsed, and those of them of one caller. */
const MOST_WAITING = 32;
const MOST_OF_CALLER = 8;

/**
 * Long bodies are parsed one at a time, each for a part of a second in which nothing else runs; other requests are
 * answered between two. How fast a body arrives is up to its sender, so that is no part of its turn.
 */
export class BodyTurns {
  /** Of each body that arrives or waits, its caller. */
  readonly #places = new Set<{ readonly caller: string }>();
  readonly #line: (() => void)[] = [];
  #isTaken = false;

  /**
   * Resolves when a body is there (`receive`) and it is its turn; call what it resolves to when the body is parsed, or
   * given up. It may be called twice.
   * @throws ApiError `too-many-queries`, or what `receive` throws
   */
  async next(caller: string, receive: () => Promise<unknown> = async () => {}): Promise<() => void> {
    const own = [...this.#places].filter((each) => each.caller === caller).length;
    if (this.#places.size >= MOST_WAITING || own >= MOST_OF_CALLER)
      throw new ApiError("too-many-queries", `${this.#places.size} bodies are waiting already; try again shortly`);
    const place = { caller };
    this.#places.add(place);
    try {
      await receive();
      if (this.#isTaken) await new Promise<void>((resolve) => this.#line.push(resolve));
      this.#isTaken = true;
    } finally {
      this.#places.delete(place);
    }
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.#line.shift();
      // Sockets are read before the next one begins.
      if (next === undefined) this.#isTaken = false;
      else setImmediate(next);
    };
  }
}
