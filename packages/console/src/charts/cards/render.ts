import type { QueryResult } from "@ngflow/server/client";
import { groupOf } from "../group.ts";

/** The groups of a total with their share of everything, the others left out. */
export function shares({ rows }: QueryResult, by: readonly string[]): { label: string; share: number }[] {
  const bytesOf = (row: QueryResult["rows"][number]): number => Number(row["bytes"] ?? 0);
  const all = rows.reduce((sum, row) => sum + bytesOf(row), 0);
  return rows.flatMap((row) => {
    const { label, mark } = groupOf(row, by);
    return mark === null || bytesOf(row) === 0 ? [] : [{ label, share: bytesOf(row) / all }];
  });
}
