import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeMessage, encodeMessage, HEADER_BYTES } from "./message.ts";
import { errnoOf } from "./testing/fixture.ts";

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const message = fc.record({
  cookie: u32,
  cmd: u32,
  flags: u32,
  token: u32,
  cmdstr: fc.string({ maxLength: 31, unit: fc.integer({ min: 1, max: 255 }).map((c) => String.fromCharCode(c)) }),
  data: fc.uint8Array({ maxLength: 80 }),
});

it("reads what it wrote, and nothing that is cut short", () => {
  fc.assert(
    fc.property(message, fc.nat(), (original, cut) => {
      const bytes = encodeMessage(original);
      expect(decodeMessage(bytes)).toEqual(original);
      expect(errnoOf(() => decodeMessage(bytes.subarray(0, cut % bytes.length)))).toBe(22);
    }),
  );
});

it("lays the header out as FreeBSD does", () => {
  const bytes = encodeMessage({
    cookie: 0x01020304,
    cmd: 0x30000001,
    flags: 1,
    token: 5,
    cmdstr: "x".repeat(40),
    data: Uint8Array.of(0xaa),
  });
  expect(bytes.length).toBe(HEADER_BYTES + 1);
  expect([...bytes.subarray(0, 24)]).toEqual([
    8, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0x30, 1, 0, 0, 0, 5, 0, 0, 0, 4, 3, 2, 1,
  ]);
  expect([bytes[24], bytes[54], bytes[55], bytes[56]]).toEqual([0x78, 0x78, 0, 0xaa]);
});
