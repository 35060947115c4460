import { expect, test } from "vitest";
import { namedThing } from "./named-thing.ts";

test.each([
  ["SrcAddr", "192.0.2.1", {}, { kind: "hosts", key: "192.0.2.1" }],
  ["ServerAddr", "2001:db8::1", {}, { kind: "hosts", key: "2001:db8::1" }],
  ["SrcAddr", "0.0.0.0", {}, null],
  ["SrcAddr", "", {}, null],
  ["SrcAddr", null, {}, null],
  ["SrcAddr/24/48", "192.0.2.0/24", {}, null],
  ["InIf", 3, { ExporterAddr: "192.0.2.9" }, { kind: "interfaces", key: "192.0.2.9/3" }],
  ["InIf", 3, {}, null],
  ["InIf", 0, { ExporterAddr: "192.0.2.9" }, null],
  ["SrcPort", 53, {}, null],
])("%s %j of %j is %j", (name, value, row, thing) => {
  expect(namedThing(name, value, row)).toEqual(thing);
});
