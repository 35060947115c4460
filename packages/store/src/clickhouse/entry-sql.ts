import type { Entry } from "@ngflow/flows";

/** A field of Extra. The key and the texts go as bytes, so that none of their characters is SQL. */
export function entrySql(table: string, { key, test }: Entry): string {
  const value = `${table}.Extra[${bytesOf(key)}]`;
  const there = `mapContains(${table}.Extra, ${bytesOf(key)})`;
  switch (test.is) {
    case "there":
      return there;
    case "oneOf":
      return `(${there} AND ${value} IN (${test.texts.map(bytesOf).join(", ")}))`;
    case "number":
      return `ifNull(toFloat64OrNull(${value}) ${test.operator} ${test.value}, 0)`;
  }
}

/** A text as an expression of ClickHouse. */
function bytesOf(text: string): string {
  return `unhex('${Buffer.from(text).toString("hex")}')`;
}
