import type { ExploreData, ExploreSeries, Stats } from "./series.ts";

/** Columns of the table that a click on their head sorts by. */
export const STATISTICS = ["min", "max", "last", "average", "p95", "total"] as const satisfies readonly (keyof Stats)[];
export type StatisticName = (typeof STATISTICS)[number];

/** The groups in an order, the others last: by a statistic, or by label. */
export function sortedSeries(
  { series }: ExploreData,
  by: StatisticName | "label",
  ascending: boolean,
  others: string,
): readonly ExploreSeries[] {
  const sign = ascending ? 1 : -1;
  return series.toSorted(
    (a, b) =>
      Number(a.key === others) - Number(b.key === others) ||
      sign * (by === "label" ? a.label.localeCompare(b.label) : (a.stats[by] ?? -1) - (b.stats[by] ?? -1)),
  );
}

/** A line through the values as an SVG path in a box; gaps where nothing is recorded. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number): string {
  const most = Math.max(...values.map((value) => value ?? 0), 1e-9);
  let isDown = false;
  let path = "";
  for (const [index, value] of values.entries()) {
    if (value === null) {
      isDown = false;
      continue;
    }
    const x = (width * index) / Math.max(1, values.length - 1);
    path += `${isDown ? "L" : "M"}${x.toFixed(1)} ${(height - (height - 1) * (value / most) - 0.5).toFixed(1)}`;
    isDown = true;
  }
  return path;
}

/** A table as CSV (RFC 4180). A text that a spreadsheet would compute gets an apostrophe. */
export function csvOf(rows: readonly (readonly (string | number | null)[])[]): string {
  const cell = (value: string | number | null): string => {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
