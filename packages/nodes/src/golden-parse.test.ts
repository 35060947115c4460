import { describe, expect, it } from "vitest";
import { readGolden } from "./testing/golden-data.ts";
import { parseChecks, type ParseRow } from "./testing/golden-parse.ts";

describe("argument language as observed on FreeBSD", () => {
  const byType = new Map<string, ParseRow[]>();
  for (const row of readGolden("parse.json") as ParseRow[])
    byType.set(row.type, [...(byType.get(row.type) ?? []), row]);
  it.each([...byType])("%s", (_type, rows) => {
    for (const { title, expected, got } of parseChecks(rows)) expect(got(), title).toEqual(expected);
  });
});
