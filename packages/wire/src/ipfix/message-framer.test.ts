import { describe, expect, it } from "vitest";
import { bytes, ipfix, set, template, v9 } from "../testing/index.ts";
import { MessageFramer } from "./message-framer.ts";

const MESSAGES = [
  ipfix({ sequence: 1 }, set(2, template(256, [[8, 4]]))),
  ipfix({ sequence: 2 }),
  ipfix({ sequence: 3 }, set(256, bytes([1, 4], [2, 4]))),
  ipfix({ sequence: 4 }, set(256, new Uint8Array(65_512))),
];
const STREAM = bytes(...MESSAGES);

function framer(): { framer: MessageFramer; got: Uint8Array[] } {
  const got: Uint8Array[] = [];
  return { framer: new MessageFramer((b, start, end) => got.push(b.slice(start, end))), got };
}

describe("a stream of IPFIX messages", () => {
  it.each([[1], [2], [3], [5], [15], [16], [17], [1460], [65_536], [STREAM.length]])(
    "gives the same messages when %i bytes come at a time",
    (size) => {
      const { framer: f, got } = framer();
      let count = 0;
      for (let o = 0; o < STREAM.length; o += size) count += f.push(STREAM.subarray(o, o + size));
      expect(got).toEqual(MESSAGES);
      expect([count, f.pendingBytes, f.fault]).toEqual([4, 0, undefined]);
    },
  );

  it("gives the same messages when it is split in two at any byte", () => {
    const short = STREAM.subarray(0, MESSAGES[0]!.length + MESSAGES[1]!.length + MESSAGES[2]!.length);
    for (let cut = 0; cut <= short.length; cut++) {
      const { framer: f, got } = framer();
      f.push(short.subarray(0, cut));
      f.push(short.subarray(cut));
      expect(got).toEqual(MESSAGES.slice(0, 3));
    }
  });

  it.each([
    ["another version", v9({}), "stream-version", 9],
    ["a length below the header's", bytes([10, 2], [15, 2], new Uint8Array(12)), "stream-length", 15],
    ["a length of zero", bytes([10, 2], [0, 2], new Uint8Array(12)), "stream-length", 0],
  ] as const)("ends at %s, however it is split, after the messages before", (_, bad, fault, value) => {
    const stream = bytes(MESSAGES[0]!, bad, MESSAGES[1]!);
    for (let cut = 0; cut <= stream.length; cut++) {
      const { framer: f, got } = framer();
      f.push(stream.subarray(0, cut));
      f.push(stream.subarray(cut));
      f.push(MESSAGES[1]!);
      expect(got).toEqual([MESSAGES[0]]);
      expect([f.fault, f.faultValue]).toEqual([fault, value]);
    }
  });

  it("keeps no more than the longest message", () => {
    const { framer: f, got } = framer();
    f.push(bytes([10, 2], [65_535, 2]));
    for (let i = 0; i < 65_530; i++) f.push(new Uint8Array(1));
    expect([f.pendingBytes, got.length]).toEqual([65_534, 0]);
    f.push(new Uint8Array(1));
    expect([f.pendingBytes, got.map(({ length }) => length)]).toEqual([0, [65_535]]);
  });
});
