import { api } from "./api.ts";
import { type Reading, readingOf, requestId } from "./reading.ts";

/** What is answered within this time is not worth a word. */
const SLOW_MS = 1000;
const LOOK_MS = 500;
/** Most questions whose progress is asked for at a time: a page has fewer. */
const MOST = 12;

/** The questions to the store that are under way, and how far they are once one has taken long. */
class Running {
  /** Null while nothing has taken long. */
  reading = $state.raw<Reading | null>(null);
  /** How long the oldest question has taken, in milliseconds. */
  elapsedMs = $state(0);
  /** When each was asked, by its id. */
  readonly #asked = new Map<string, number>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Asks with an id, and watches it until the answer. */
  async watch<T>(ask: (id: string) => Promise<T>): Promise<T> {
    const id = requestId();
    this.#asked.set(id, Date.now());
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS);
    try {
      return await ask(id);
    } finally {
      this.#asked.delete(id);
      if (this.#asked.size === 0) this.#rest();
    }
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.reading = null;
    this.elapsedMs = 0;
  }

  async #look(): Promise<void> {
    const elapsedMs = Date.now() - Math.min(...this.#asked.values());
    if (elapsedMs < SLOW_MS) return;
    const ids = [...this.#asked.keys()].slice(0, MOST);
    const answers = await Promise.all(ids.map((id) => api.get("/progress", { id }).catch(() => null)));
    if (this.#asked.size === 0) return;
    this.elapsedMs = elapsedMs;
    this.reading = readingOf(answers.filter((answer) => answer !== null)) ?? { rows: 0, rowsTotal: null };
  }
}

export const running = new Running();
