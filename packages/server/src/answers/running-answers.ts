import type { ReadProgress } from "@ngflow/flows";
import { ApiError } from "../errors.ts";

/** `waiting`: for its turn. `none`: no request with this id is under way, not yet or not any more. */
export const ANSWER_STATES = ["waiting", "running", "none"] as const;

/** How far an answer is, for who asked for it. */
export interface AnswerProgress extends ReadProgress {
  readonly state: (typeof ANSWER_STATES)[number];
}

/** A request that is watched. */
export interface WatchedAnswer {
  /** Its turn has come, or it has read so much. */
  progress(progress?: ReadProgress): void;
  /** It gave way to others, and waits for its turn again. */
  wait(): void;
  end(): void;
}

const NOTHING_READ: ReadProgress = { rows: 0, bytes: 0, rowsTotal: null, elapsedMs: 0 };

/**
 * How far the answers are whose requests have an id of their callers. As many as requests are under way, which the gate
 * bounds.
 */
export class RunningAnswers {
  readonly #answers = new Map<string, AnswerProgress>();

  /** A request begins; nothing is kept of one without an id. @throws ApiError `bad-request` for an id in use. */
  begin(id: string | undefined): WatchedAnswer | undefined {
    if (id === undefined) return undefined;
    if (this.#answers.has(id)) throw new ApiError("bad-request", `id=${id}: another request has this id`);
    this.#answers.set(id, { state: "waiting", ...NOTHING_READ });
    return {
      progress: (progress) => void this.#answers.set(id, { state: "running", ...NOTHING_READ, ...progress }),
      wait: () => void this.#answers.set(id, { state: "waiting", ...NOTHING_READ }),
      end: () => void this.#answers.delete(id),
    };
  }

  of(id: string): AnswerProgress {
    return this.#answers.get(id) ?? { state: "none", ...NOTHING_READ };
  }
}
