import type { QueryResult } from "@ngflow/server/client";

/** Totals by country. The values of the countries, of what has none and of the others sum to the total. */
export interface CountryTotals {
  /** By code (ISO 3166-1 alpha-2), largest first. */
  readonly countries: readonly { readonly code: string; readonly value: number }[];
  /** Of addresses of which no country is known. */
  readonly unknown: number;
  /** Of countries beyond the most that an answer has. */
  readonly others: number;
  readonly total: number;
}

/** The rows of an answer that is grouped by a column of countries; `sum` is the column of its sums. */
export function countryTotals({ rows }: QueryResult, dim: string, sum: string): CountryTotals {
  const values = rows.map((row) => ({ code: row[dim] ?? null, value: Number(row[sum] ?? 0) }));
  const of = (is: (code: string | number | null) => boolean): number =>
    values.reduce((all, { code, value }) => (is(code) ? all + value : all), 0);
  return {
    countries: values
      .flatMap(({ code, value }) => (code === null || code === "" ? [] : [{ code: String(code), value }]))
      .sort((a, b) => b.value - a.value),
    unknown: of((code) => code === ""),
    others: of((code) => code === null),
    total: of(() => true),
  };
}

/** How strongly a country is coloured, 0 to 1: by the root, so that small ones are seen beside a large one. */
export function depthOf(value: number, most: number): number {
  return most > 0 && value > 0 ? Math.max(0.08, Math.sqrt(value / most)) : 0;
}
