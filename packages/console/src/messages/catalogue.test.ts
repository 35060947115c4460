import { afterEach, expect, test } from "vitest";
import { setReader } from "../format/reader.ts";
import { catalogue, counted, say } from "./catalogue.ts";

afterEach(() => setReader({ language: "en", zone: "local" }));

const messages = catalogue({
  en: { title: "Rows", rows: (n: number) => counted(n, "row", "rows") },
  ja: { title: "行", rows: (n: number) => `${n} 行` },
});

test("messages follow the reader", () => {
  expect([messages.title, messages.rows(1), messages.rows(2), messages.rows(0)]).toEqual([
    "Rows",
    "1 row",
    "2 rows",
    "0 rows",
  ]);
  setReader({ language: "ja", zone: "local" });
  expect([messages.title, messages.rows(1), say({ en: "a", ja: "b" })]).toEqual(["行", "1 行", "b"]);
});

test("the compiler refuses a missing key, another key and other values", () => {
  const numbers = { rows: (n: number) => `${n}` };
  // @ts-expect-error: `rows` is missing
  const missing = catalogue({ en: numbers, ja: {} });
  // @ts-expect-error: it takes another value
  catalogue({ en: numbers, ja: { rows: (n: boolean) => `${n}` } });
  // @ts-expect-error: a key that English does not have
  catalogue({ en: numbers, ja: { rows: (n: number) => `${n}`, more: "" } });
  expect(missing.rows(1)).toBe("1");
});
