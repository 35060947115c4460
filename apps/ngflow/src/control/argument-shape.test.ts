import { expect, test } from "vitest";
import { argumentFields } from "./argument-shape.ts";

test.each([
  ["", []],
  ["uint16", [[[], "uint16"]]],
  ["{}", []],
  [
    "{ iface=uint16 list=uint8[8] up={ cbs=uint64 q={ n=int8 } } prog={ code=hint16 k=uint32 }[] }",
    [
      [["iface"], "uint16"],
      [["list"], "uint8[8]"],
      [["up", "cbs"], "uint64"],
      [["up", "q", "n"], "int8"],
      [["prog"], "{ code=hint16 k=uint32 }[]"],
    ],
  ],
])("%s", (label, fields) => {
  expect(argumentFields(label).map(({ path, type }) => [path, type])).toEqual(fields);
});
