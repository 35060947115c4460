/**
 * One thing that was observed on FreeBSD. Checks of one list are made in order: a later one may build on an earlier.
 */
export interface GoldenCheck {
  /** What is checked, unique enough to find its row. */
  readonly title: string;
  readonly expected: unknown;
  /** What this implementation does instead or just the same; plain JSON, to be compared deeply. */
  readonly got: () => unknown;
}
