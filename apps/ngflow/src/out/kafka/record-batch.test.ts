import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { crc32c } from "./crc32c.ts";
import { recordBatch } from "./record-batch.ts";

test("the checksum is that of RFC 3720 appendix B.4", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
});

test("a batch has its identity, its checksum and its records, compressed or not", () => {
  const values = ["a", "b".repeat(300)].map((text) => Buffer.from(text));
  const identity = { producerId: 7n, epoch: 2, sequence: 40 };
  const plain = recordBatch(values, identity, 1000, "none");
  expect([plain.readInt32BE(8), plain.readInt8(16), plain.readUInt32BE(17)]).toEqual([
    ...[plain.length - 12, 2, crc32c(plain.subarray(21))],
  ]);
  expect([plain.readBigInt64BE(43), plain.readInt16BE(51), plain.readInt32BE(53), plain.readInt32BE(57)]).toEqual([
    ...[7n, 2, 40, 2],
  ]);
  // Length 7, attributes, no time, offset 0, no key, length 1 of the value, no headers; varints are zigzag.
  expect(plain.subarray(61, 69).toString("hex")).toBe("0e00000001026100");
  const compressed = recordBatch(values, identity, 1000, "gzip");
  expect(compressed.readInt16BE(21)).toBe(1);
  expect(gunzipSync(compressed.subarray(61)).equals(plain.subarray(61))).toBe(true);
  expect(compressed.readUInt32BE(17)).toBe(crc32c(compressed.subarray(21)));
});
