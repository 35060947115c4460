/** Whether one thing that flows need on their way is there. */
export interface ReadyCheck {
  /** One word, such as `store`. */
  readonly check: string;
  readonly ok: boolean;
  /** What is wrong, in one sentence; null if nothing is. */
  readonly reason: string | null;
}
