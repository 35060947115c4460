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
