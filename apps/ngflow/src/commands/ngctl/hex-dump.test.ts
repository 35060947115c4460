import { expect, it } from "vitest";
import { hexDump } from "./hex-dump.ts";

it("prints sixteen bytes a line, filled with blanks", () => {
  expect(hexDump(new Uint8Array(0))).toBe("");
  const bytes = Uint8Array.from({ length: 18 }, (_, i) => i + 0x3f);
  expect(hexDump(bytes)).toBe(
    "0000:  3f 40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e  ?@ABCDEFGHIJKLMN\n" +
      `0010:  4f 50 ${" ".repeat(42)} OP${" ".repeat(14)}\n`,
  );
});
