import { describe, expect, it } from "vitest";
import { OFFLOAD_HEADER_BYTES, segmentsOf } from "./offload-header.ts";

const NEEDS_CHECKSUM = 1;
const [TCP4, UFO, TCP6, UDP, ECN] = [1, 3, 4, 5, 0x80];

interface Header {
  readonly flags?: number;
  readonly type: number;
  readonly payload: number;
  readonly transport: number;
}

/** `segmentsOf` a frame whose TCP header is 32 bytes long. */
function segments({ flags = NEEDS_CHECKSUM, type, payload, transport }: Header, wireLength: number, length = 200) {
  const bytes = new Uint8Array(OFFLOAD_HEADER_BYTES + 200);
  const view = new DataView(bytes.buffer);
  bytes[0] = flags;
  bytes[1] = type;
  view.setUint16(4, payload, true);
  view.setUint16(6, transport, true);
  bytes[OFFLOAD_HEADER_BYTES + transport + 12] = 0x80;
  const word = segmentsOf(bytes, 0, OFFLOAD_HEADER_BYTES, length, wireLength);
  return { count: word & 0xffff, headers: word >>> 16 };
}

describe("what an offload header says of its frame", () => {
  it("nothing of a frame as on the wire", () => {
    expect(segments({ type: 0, payload: 1448, transport: 34 }, 1514)).toEqual({ count: 0, headers: 0 });
  });

  it("segments of TCP, the last of which may be shorter", () => {
    const header = { type: TCP4, payload: 1448, transport: 34 };
    expect(segments(header, 66 + 3 * 1448)).toEqual({ count: 3, headers: 66 });
    expect(segments(header, 66 + 3 * 1448 + 1)).toEqual({ count: 4, headers: 66 });
    expect(segments({ ...header, type: TCP4 | ECN }, 66 + 2 * 1448)).toEqual({ count: 2, headers: 66 });
    expect(segments({ type: TCP6, payload: 1428, transport: 54 }, 86 + 2 * 1428)).toEqual({ count: 2, headers: 86 });
  });

  it("datagrams of UDP", () => {
    expect(segments({ type: UDP, payload: 1200, transport: 34 }, 42 + 10 * 1200)).toEqual({ count: 10, headers: 42 });
  });

  it("headers without the option that only the merged frame needs (IPv6 BIG TCP)", () => {
    expect(segments({ type: TCP6, payload: 1428, transport: 62 }, 94 + 100 * 1428)).toEqual({
      count: 100,
      headers: 86,
    });
  });

  it("that it is more than one packet, where their number is unknown", () => {
    const unknown = { count: 1, headers: 0 };
    const header = { type: TCP4, payload: 1448, transport: 34 };
    expect(segments({ ...header, type: UFO }, 5000)).toEqual(unknown);
    expect(segments({ ...header, flags: 0 }, 5000)).toEqual(unknown);
    expect(segments({ ...header, payload: 0 }, 5000)).toEqual(unknown);
    expect(segments(header, 5000, 46)).toEqual(unknown);
    expect(segments(header, 66)).toEqual(unknown);
    expect(segments({ ...header, payload: 1 }, 66 + 65_536)).toEqual(unknown);
  });
});
