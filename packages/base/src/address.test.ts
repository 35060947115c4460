import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIp, formatIpv6, formatMac, isMulticast, parseIp, plainAddress } from "./address.ts";
import { fromHex } from "./bytes.ts";

describe("address", () => {
  it.each([
    ["20010db8000000000000000000000001", "2001:db8::1"],
    ["00000000000000000000000000000000", "::"],
    ["00000000000000000000000000000001", "::1"],
    ["20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"],
    ["20010000000000010000000000000001", "2001:0:0:1::1"],
    ["fe800000000000000000000000000000", "fe80::"],
    ["00000000000000000000ffff0a000001", "::ffff:10.0.0.1"],
  ])("%s is %s", (hex, text) => {
    expect(formatIpv6(fromHex(hex))).toBe(text);
    expect(parseIp(text)).toEqual(fromHex(hex));
  });

  it("round-trips every address", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (b) => {
        expect(parseIp(formatIp(b))).toEqual(b);
      }),
    );
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.256",
    "1::2::3",
    "12345::",
    "::g",
    "1:2:3:4:5:6:7",
    "fe80::1%eth0",
    ":::",
    "1:2:3:4:5:6:7:8:9",
  ])("refuses %j", (text) => expect(parseIp(text)).toBeUndefined());

  it.each([
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "::ffff:c000:201"],
    ["2001:db8::1", "2001:db8::1"],
    ["192.0.2.1", "192.0.2.1"],
    ["", ""],
  ])("%j without the mapping to IPv6 is %j", (text, plain) => expect(plainAddress(text)).toBe(plain));

  it.each([
    ["224.0.0.1", true],
    ["239.255.255.255%eth0", true],
    ["ff02::1%eth0", true],
    ["::ffff:239.1.2.3", true],
    ["223.255.255.255", false],
    ["240.0.0.1", false],
    ["fe80::1%eth0", false],
    ["ffff", false],
    ["", false],
  ])("%j is a multicast group: %j", (text, group) => expect(isMulticast(text)).toBe(group));

  it("writes a MAC", () => expect(formatMac(fromHex("000a0b0c0d1f"))).toBe("00:0a:0b:0c:0d:1f"));
});
