/** The message whose sets are read. One object, rewritten for every message. */
export interface MessageState {
  /** Units of work that are left. */
  work: number;
  /** Sessions that may still begin for exporters that its records name. */
  newNamed: number;
  /** When it was received, Unix milliseconds, with a fraction. */
  nowMs: number;
  /** Records read, and whether that is all that the message has. */
  flows: number;
  options: number;
  exact: boolean;
}

export function newMessageState(): MessageState {
  return { work: 0, newNamed: 0, nowMs: 0, flows: 0, options: 0, exact: true };
}
