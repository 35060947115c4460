/** What is wrong with a store. Nothing is wrong if all lists are empty. */
export interface StoreFindings {
  /** Days (`YYYY-MM-DD`) with the rows that were stored and are not in the database, or cannot be read. */
  readonly missing: readonly { readonly day: string; readonly rows: number }[];
  /** Parts that cannot be read, and why. */
  readonly damaged: readonly { readonly part: string; readonly reason: string }[];
  /** Parts that the database does not use, and why, as far as it says. */
  readonly detached: readonly { readonly part: string; readonly reason: string }[];
}
