import { parseFilter } from "@ngflow/flows";
import { expect, test } from "vitest";
import { hasDirection, reverseFilter, reverseName } from "./reverse.ts";

test.each([
  ["SrcAddr = 10.0.0.1 and DstPort = 443", "DstAddr = 10.0.0.1 and SrcPort = 443"],
  ["src net 10.0.0.0/8 and not dst port 53", "dst net 10.0.0.0/8 and not src port 53"],
  ["InIf in (1, 2) or in if 3", "OutIf in (1, 2) or out if 3"],
  ["Proto = tcp and Bytes > 1m", "Proto = tcp and Bytes > 1m"],
  ["srcaddr = 2001:db8::1", "DstAddr = 2001:db8::1"],
  ["src or dst host 192.0.2.1", "dst or src host 192.0.2.1"],
])("the answers of %s are %s", (filter, reversed) => {
  expect(reverseFilter(filter)).toBe(reversed);
  expect(() => parseFilter(reverseFilter(filter))).not.toThrow();
  expect(() => parseFilter(reverseFilter(reverseFilter(filter)))).not.toThrow();
});

test("dimensions, and what has no direction", () => {
  expect(["SrcAddr/24", "InIf", "Proto", "ServicePort"].map(reverseName)).toEqual([
    "DstAddr/24",
    "OutIf",
    "Proto",
    "ServicePort",
  ]);
  expect(hasDirection(["Proto"], "port 53")).toBe(false);
  expect(hasDirection(["Proto"], "dst port 53")).toBe(true);
  expect(hasDirection(["SrcAS"], "")).toBe(true);
});
