/** How long ago a part of ngflow gave a sign of life. */
export interface PartAge {
  /** A thread of this process, or another process. */
  readonly part: string;
  /** Milliseconds; null when it does not run here. */
  readonly ageMs: number | null;
  /** Whether that is recent enough. A part that does not run here is none that fails. */
  readonly ok: boolean;
}
