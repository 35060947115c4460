import { expect, test } from "vitest";
import { countryName } from "../../format/country.ts";
import { setReader } from "../../format/reader.ts";
import { countryTotals, depthOf } from "./countries.ts";
import { WORLD } from "./world.ts";

test("what countries, unknown addresses and others have sums to the total", () => {
  const rows = [
    { DstCountry: "CH", bytes: 5 },
    { DstCountry: "", bytes: 3 },
    { DstCountry: "JP", bytes: 40 },
    { DstCountry: null, bytes: 2 },
  ];
  const totals = countryTotals({ rows } as never, "DstCountry", "bytes");
  expect(totals).toEqual({
    countries: [
      { code: "JP", value: 40 },
      { code: "CH", value: 5 },
    ],
    unknown: 3,
    others: 2,
    total: 50,
  });
});

test("the smallest country that has traffic is seen, one without is not", () => {
  expect([depthOf(0, 100), depthOf(1e-6, 100), depthOf(25, 100), depthOf(100, 100)]).toEqual([0, 0.08, 0.5, 1]);
});

test("countries of the map have codes and shapes; names are those of the language", () => {
  const codes = new Set(WORLD.map(({ code }) => code));
  for (const code of ["JP", "CH", "US", "BR", "ZA", "AU", "IN"]) expect(codes).toContain(code);
  expect(WORLD.every(({ path }) => path.startsWith("M"))).toBe(true);
  setReader({ language: "ja", zone: "utc" });
  expect([countryName("JP"), countryName("CH"), countryName("x")]).toEqual(["日本", "スイス", undefined]);
  setReader({ language: "en", zone: "utc" });
  expect(countryName("JP")).toBe("Japan");
});
