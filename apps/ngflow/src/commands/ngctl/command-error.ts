/** What is known of a failure besides its text. */
export interface FailureFacts {
  /** Number of the error that the graph returned. */
  readonly errno?: number;
  /** What to do about it, as one sentence. */
  readonly advice?: string;
}

/** A command that failed: the text after `ngctl: `. */
export class CommandError extends Error {
  override name = "CommandError";
  readonly facts: FailureFacts;

  constructor(message: string, facts: FailureFacts = {}) {
    super(message);
    this.facts = facts;
  }
}
