import { expect, test } from "vitest";
import { ByteWriter } from "./bytes.ts";

const WRITES: readonly (readonly [string, (writer: ByteWriter) => ByteWriter, string])[] = [
  ["int8", (writer) => writer.int8(-2), "fe"],
  ["int16", (writer) => writer.int16(0x0102), "0102"],
  ["int32", (writer) => writer.int32(0x01020304), "01020304"],
  ["uint32", (writer) => writer.uint32(0xfffefdfc), "fffefdfc"],
  ["int64", (writer) => writer.int64(0x0102030405060708n), "0102030405060708"],
  ["varint of one byte", (writer) => writer.varint(5), "0a"],
  ["varint of three bytes", (writer) => writer.varint(100_000), "c09a0c"],
  ["string", (writer) => writer.string("ab"), "00026162"],
];

test.for(WRITES)("%s is written wherever the memory ends", ([, write, hex]) => {
  // The memory begins with 1,024 bytes, and doubles.
  for (const before of [0, 1021, 1022, 1023, 1024, 2047, 2048]) {
    const written = write(new ByteWriter().raw(new Uint8Array(before).fill(0x55))).done();
    expect(written.subarray(before).toString("hex"), `${before}`).toBe(hex);
    expect(written.subarray(0, before).every((byte) => byte === 0x55)).toBe(true);
  }
});
