import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BodyReader, encodeFrame, encodeNumbers, FrameError, FrameReader, MAX_REQUEST } from "./frame.ts";

function readAll(reader: FrameReader): { kind: number; id: number; body: number[] }[] {
  const frames = [];
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
    frames.push({ kind: frame.kind, id: frame.id, body: [...frame.body] });
  }
  return frames;
}

describe("frames", () => {
  it("are the same however the stream is cut", () => {
    const frameOf = fc.record({
      kind: fc.integer({ min: 0, max: 255 }),
      id: fc.integer({ min: 0, max: 0xffffffff }),
      body: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(frameOf, { maxLength: 8 }), fc.integer({ min: 1, max: 60 }), (frames, size) => {
        const bytes = Buffer.concat(
          frames.map(({ kind, id, body }) => encodeFrame(kind, id, [body], MAX_REQUEST, "utf8")),
        );
        const reader = new FrameReader(MAX_REQUEST);
        const got = [];
        for (let at = 0; at < bytes.length; at += size) {
          reader.push(bytes.subarray(at, at + size));
          got.push(...readAll(reader));
        }
        expect(got).toEqual(frames.map(({ kind, id, body }) => ({ kind, id, body: [...body] })));
      }),
    );
  });

  it("of an impossible length are refused as soon as the length is there", () => {
    for (const length of [0, 4, MAX_REQUEST + 1, 0xffffffff]) {
      const reader = new FrameReader(MAX_REQUEST);
      reader.push(encodeNumbers(length));
      expect(() => reader.next(), String(length)).toThrow(FrameError);
    }
    expect(() => encodeFrame(1, 1, [new Uint8Array(MAX_REQUEST)], MAX_REQUEST, "utf8")).toThrow(FrameError);
    expect(() => encodeFrame(1, 1, ["x".repeat(65536)], 1 << 20, "utf8")).toThrow(FrameError);
  });

  it("carry a string's bytes, whichever way each side shows them", () => {
    const frame = encodeFrame(3, 7, ["ルータ:", "é"], MAX_REQUEST, "utf8").subarray(9);
    const server = new BodyReader(frame, "latin1");
    expect(server.string()).toBe(Buffer.from("ルータ:").toString("latin1"));
    expect(server.string()).toBe("Ã©");
    const back = encodeFrame(3, 7, [Buffer.from("ルータ").toString("latin1")], MAX_REQUEST, "latin1").subarray(9);
    expect(new BodyReader(back, "utf8").string()).toBe("ルータ");
  });

  it("whose body ends early are refused", () => {
    expect(() => new BodyReader(Uint8Array.of(5, 0, 65), "utf8").string()).toThrow(FrameError);
    expect(() => new BodyReader(Uint8Array.of(5), "utf8").u16()).toThrow(FrameError);
    expect(() => new BodyReader(Uint8Array.of(5, 1, 1), "utf8").u32()).toThrow(FrameError);
  });
});
