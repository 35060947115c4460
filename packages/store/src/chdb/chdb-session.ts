/** What this package uses of a chDB session. */
export interface ChdbSession {
  queryAsync(sql: string, options?: { format?: string }): Promise<{ text(): string; bytes(): Uint8Array }>;
  close(): void;
}
