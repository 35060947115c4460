/** Something that changed who may read, or what others see. */
export interface AuditEntry {
  /** The name of who did it, as far as it is known. */
  readonly who: string | null;
  /** The address that the request came from; null for a command on this machine. */
  readonly address: string | null;
  /** What was done, in kebab-case, such as `sign-in`, `sign-in-refused`, `user-added`. */
  readonly did: string;
  /** What it was done to. */
  readonly to?: string;
}
