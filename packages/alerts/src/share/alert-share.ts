/** A place that several servers share, where one of them is chosen: that one judges rules and sends alerts. */
export interface AlertShare {
  /** Whether this server is the chosen one now. */
  readonly holds: boolean;
  /** Says that this server lives. @throws Error when the place cannot be reached. */
  beat(): Promise<void>;
  /** Texts by name that were written since the last call. @throws Error */
  changes(): Promise<ReadonlyMap<string, string>>;
  /** @throws Error */
  put(texts: ReadonlyMap<string, string>): Promise<void>;
  /** Leaves: another server is chosen at once. */
  stop(): Promise<void>;
}
