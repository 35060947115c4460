import { toHex } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { readSockaddr, writeSockaddr } from "./sockaddr.ts";
import { fromLinuxAddress, type SocketAddress, toLinuxAddress } from "@ngflow/os";

const inet: SocketAddress = {
  family: "inet",
  address: Uint8Array.of(10, 0, 0, 9),
  port: 4444,
  flowInfo: 0,
  scopeId: 0,
};
const inet6: SocketAddress = {
  family: "inet6",
  address: Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
  port: 4444,
  flowInfo: 0x12345,
  scopeId: 7,
};

describe("socket addresses", () => {
  it("have Linux's layout for Linux", () => {
    expect(toHex(toLinuxAddress(inet))).toBe("0200115c0a0000090000000000000000");
    expect(toHex(toLinuxAddress(inet6))).toBe("0a00115c0001234520010db800000000000000000000000107000000");
  });

  it("have FreeBSD's layout in messages", () => {
    expect(toHex(writeSockaddr(inet))).toBe("1002115c0a0000090000000000000000");
    expect(toHex(writeSockaddr(inet6))).toBe("1c1c115c0001234520010db800000000000000000000000107000000");
  });

  it.each([inet, inet6])("survive both layouts ($family)", (address) => {
    expect(fromLinuxAddress(toLinuxAddress(address))).toEqual(address);
    expect(readSockaddr(writeSockaddr(address))).toEqual(address);
  });

  it.each([
    ["shorter than its own length", [16, 2, 0, 0], 22],
    ["of a wrong length for its family", [4, 2, 0, 0], 22],
    ["an IPv6 one of 16 bytes", [16, 28, ...Array<number>(14).fill(0)], 22],
    ["of another family", [4, 9, 0, 0], 47],
    ["empty", [], 22],
  ])("that are %s are refused", (_what, bytes, errno) => {
    expect(() => readSockaddr(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ errno }));
  });
});
