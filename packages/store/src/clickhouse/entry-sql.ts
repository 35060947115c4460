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
    case "string": {
      // A column with these bytes, but for zeros at their end.
      const text = `replaceRegexpOne(unhex(substring(${value}, 3)), '\\\\x00+$', '')`;
      return `(${there} AND startsWith(${value}, '0x') AND ${text} IN (${test.texts.map(bytesOf).join(", ")}))`;
    }
    case "number": {
      if (test.bytes !== undefined)
        return `(${there} AND ${numberOf(value, test.bytes)} ${test.operator} ${test.value})`;
      return `ifNull(toFloat64OrNull(${value}) ${test.operator} ${test.value}, 0)`;
    }
  }
}

/** The number whose bytes, most significant first, a text has in hexadecimal; NaN for a length that no number has. */
function numberOf(value: string, kind: "unsigned" | "signed" | "float"): string {
  const bytes = `reverse(unhex(substring(${value}, 3)))`;
  const length = `(length(${value}) / 2 - 1)`;
  const isInteger = `startsWith(${value}, '0x') AND ${length} BETWEEN 1 AND 8`;
  if (kind === "unsigned") return `if(${isInteger}, toFloat64(reinterpretAsUInt64(${bytes})), nan)`;
  if (kind === "signed") {
    // The sign is in the first bit of the bytes that there are.
    const shift = `toUInt8(64 - 8 * least(${length}, 8))`;
    const wide = `reinterpretAsInt64(bitShiftLeft(reinterpretAsUInt64(${bytes}), ${shift}))`;
    return `if(${isInteger}, toFloat64(bitShiftRight(${wide}, ${shift})), nan)`;
  }
  const [narrow, wide] = [`toFloat64(reinterpretAsFloat32(${bytes}))`, `reinterpretAsFloat64(${bytes})`];
  return `multiIf(NOT startsWith(${value}, '0x'), nan, ${length} = 4, ${narrow}, ${length} = 8, ${wide}, nan)`;
}

/** A text as an expression of ClickHouse. */
function bytesOf(text: string): string {
  return `unhex('${Buffer.from(text).toString("hex")}')`;
}
