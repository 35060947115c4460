import { setU16le, setU32le, toHex } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { hasLibc } from "../libc.ts";
import { listInterfaces, readInterface } from "./interfaces.ts";
import { type Link, linksRequest, readLinkMessages } from "./link-messages.ts";

/** A message as the kernel writes it: RTM_NEWLINK (16) with attributes, or another type without. */
function message(type: number, flags = 0, attributes: readonly (readonly [number, Uint8Array])[] = []): Uint8Array {
  const parts = attributes.map(([attribute, value]) => {
    const bytes = new Uint8Array((4 + value.length + 3) & ~3);
    setU16le(bytes, 0, 4 + value.length);
    setU16le(bytes, 2, attribute);
    bytes.set(value, 4);
    return bytes;
  });
  const body = type === 16 ? new Uint8Array(16) : new Uint8Array(4);
  if (type === 16) {
    setU16le(body, 2, 1);
    setU32le(body, 4, 7);
    setU32le(body, 8, 0x1003);
  }
  const header = new Uint8Array(16);
  const whole = Uint8Array.from([header, body, ...parts].flatMap((part) => [...part]));
  setU32le(whole, 0, whole.length);
  setU16le(whole, 4, type);
  setU16le(whole, 6, flags);
  return whole;
}

const STATISTICS = new Uint8Array(24 * 8);
setU32le(STATISTICS, 0, 5);
setU32le(STATISTICS, 8, 6);
setU32le(STATISTICS, 12, 2);
setU32le(STATISTICS, 56, 3);
setU32le(STATISTICS, 60, 1);

const EM0 = message(16, 2, [
  [3, Buffer.from("em0\0")],
  [1, Uint8Array.of(2, 0, 0, 0, 0, 9)],
  [4, Uint8Array.of(0xdc, 5, 0, 0)],
  [33, Uint8Array.of(1)],
  [23, STATISTICS],
]);

function read(bytes: Uint8Array, length = bytes.length): { links: Link[]; done: boolean; interrupted: boolean } {
  const links: Link[] = [];
  return { links, ...readLinkMessages(bytes, length, links) };
}

describe("messages about interfaces", () => {
  it("have name, index, address, state, type, size and frames", () => {
    expect(read(EM0)).toEqual({
      links: [
        {
          name: "em0",
          index: 7,
          mac: Uint8Array.of(2, 0, 0, 0, 0, 9),
          up: true,
          carrier: true,
          type: 1,
          mtu: 1500,
          rxPackets: 5,
          txPackets: 2 ** 33 + 6,
          txDropped: 2 ** 32 + 3,
        },
      ],
      done: false,
      interrupted: false,
    });
  });

  it("end with DONE or an error, and may say that the list changed meanwhile", () => {
    expect(read(Uint8Array.of(...EM0, ...message(3, 0x10)))).toMatchObject({ done: true, interrupted: true });
    expect(read(message(2))).toEqual({ links: [], done: true, interrupted: false });
  });

  it("that are cut short are not read beyond their end", () => {
    for (let length = 0; length < EM0.length; length++) expect(read(EM0, length).links).toEqual([]);
    for (let size = 32; size < EM0.length; size += 4) {
      const short = EM0.slice();
      setU32le(short, 0, size);
      expect(read(short, size).links).toHaveLength(1);
    }
  });

  it("are asked for by name only if it may be one", () => {
    expect(toHex(linksRequest("em0")!)).toBe(
      "280000001200010000000000000000000000000000000000000000000000000008000300656d3000",
    );
    for (const name of ["", "sixteen-letters-", "a\0b"]) expect(linksRequest(name)).toBeUndefined();
  });
});

describe.skipIf(!hasLibc())("the kernel's list", () => {
  it("has the loopback interface first, and the same for its name alone", () => {
    const [first] = listInterfaces();
    expect(first).toMatchObject({ name: "lo", index: 1, type: 772 });
    expect(readInterface("lo")).toEqual(first);
  });

  it("has no interface of a name that there is not, or that is a path", () => {
    for (const name of ["nosuch", "", "..", "../net"]) expect(readInterface(name)).toBeUndefined();
  });
});
