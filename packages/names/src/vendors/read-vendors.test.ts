import { vendorKey } from "@ngflow/flows";
import { expect, it } from "vitest";
import { readVendors } from "./read-vendors.ts";

it.each([
  ["oui.csv", 'Registry,Assignment,Organization Name,Organization Address\r\nMA-L,001122,"Maker, Inc.",Street\r\n'],
  ["oui.txt", "OUI/MA-L\n00-11-22   (hex)\t\tMaker, Inc.\n001122     (base 16)\t\tMaker, Inc.\n"],
  ["manuf", "# x\n00:11:22\tMaker\tMaker, Inc.\n"],
])("vendors are read from %s", (_, text) => {
  expect(readVendors(text)).toStrictEqual(new Map([[vendorKey(24, 0x00_11_22), "Maker, Inc."]]));
});

it("vendors of longer prefixes are read", () => {
  const text = "00:11:23:30:00:00/28\tPart\tPart maker\n00:11:23:34:50:00/36\tSmall\n";
  expect(readVendors(text)).toStrictEqual(
    new Map([
      [vendorKey(28, 0x0_01_12_33), "Part maker"],
      [vendorKey(36, 0x0_01_12_33_45), "Small"],
    ]),
  );
});

it("a file without vendors is refused", () => {
  expect(() => readVendors("hello\n")).toThrow(/no MAC vendor/);
});
