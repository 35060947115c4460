import { expect, test } from "vitest";
import { columnsFrom, columnsText, nextSorting, sortingFrom, USUAL_COLUMNS } from "./columns.ts";

test("columns in the address: known ones, in their order, once", () => {
  expect(columnsFrom("Bytes,Nonsense,SrcAddr,Bytes,Extra")).toEqual(["Bytes", "SrcAddr"]);
  expect(columnsFrom("")).toBe(USUAL_COLUMNS);
  expect(columnsFrom(undefined)).toBe(USUAL_COLUMNS);
  expect(columnsText(["Bytes", "SrcAddr"])).toBe("Bytes,SrcAddr");
  expect(columnsText(USUAL_COLUMNS)).toBeUndefined();
});

test("a column is sorted by its largest values, its smallest, and not at all", () => {
  const words = [undefined, "Bytes", "-Bytes"];
  expect(words.map((word) => nextSorting("Bytes", sortingFrom(word)))).toEqual(["Bytes", "-Bytes", undefined]);
  expect(nextSorting("Packets", sortingFrom("Bytes"))).toBe("Packets");
  expect(sortingFrom("toString")).toBeNull();
});
