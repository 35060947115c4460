import { randomBytes } from "node:crypto";
import { formatIp, parseIp } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { CryptoPan, KEY_BYTES } from "./crypto-pan.ts";

/** The key of the sample that the authors published with their program, and what its addresses become. */
const SAMPLE_KEY = Uint8Array.of(
  ...[21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16],
  ...[216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2],
);
const SAMPLE = [
  ["128.11.68.132", "135.242.180.132"],
  ["129.118.74.4", "134.136.186.123"],
  ["130.132.252.244", "133.68.164.234"],
  ["141.223.7.43", "141.167.8.160"],
  ["141.233.145.108", "141.129.237.235"],
  ["152.163.225.39", "151.140.114.167"],
  ["156.29.3.236", "147.225.12.42"],
  ["165.247.96.84", "162.9.99.234"],
  ["166.107.77.190", "160.132.178.185"],
  ["192.102.249.13", "252.138.62.131"],
  ["192.215.32.125", "252.43.47.189"],
  ["192.233.80.103", "252.25.108.8"],
  ["192.41.57.43", "252.222.221.184"],
  ["193.150.244.223", "253.169.52.216"],
  ["195.205.63.100", "255.186.223.5"],
  ["198.200.171.101", "249.199.68.213"],
  ["198.26.132.101", "249.36.123.202"],
  ["198.36.213.5", "249.7.21.132"],
  ["198.51.77.238", "249.18.186.254"],
  ["199.217.79.101", "248.38.184.213"],
  ["202.49.198.20", "245.206.7.234"],
  ["203.12.160.252", "244.248.163.4"],
  ["204.184.162.189", "243.192.77.90"],
  ["204.202.136.230", "243.178.4.198"],
  ["204.29.20.4", "243.33.20.123"],
  ["205.178.38.67", "242.108.198.51"],
  ["205.188.147.153", "242.96.16.101"],
  ["207.105.49.5", "241.118.205.138"],
  ["208.147.89.59", "227.237.98.191"],
] as const;

/** What the tests of other implementations (node-cryptopan and others) make of IPv6 addresses with that key. */
const SAMPLE_V6 = [
  ["::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed"],
  ["::2", "78ff:f001:9fc0:20df:8380:b1f1:704:ef"],
  ["::ffff", "78ff:f001:9fc0:20df:8380:b1f1:704:f838"],
  ["2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e"],
  ["2001:db8::2", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c"],
] as const;

/** The address as bytes, behind some others. */
const placed = (text: string): Uint8Array => {
  const bytes = parseIp(text)!;
  return Uint8Array.of(1, 2, 3, ...(text.includes(":") ? bytes : bytes.subarray(12)), 4);
};

function anonymised(pan: CryptoPan, text: string): string {
  const bytes = placed(text);
  const isV6 = text.includes(":");
  if (isV6) pan.ipv6(bytes, 3);
  else pan.ipv4(bytes, 3);
  expect([bytes[0], bytes[1], bytes[2], bytes.at(-1)]).toEqual([1, 2, 3, 4]);
  const address = bytes.subarray(3, -1);
  return isV6 ? formatIp(address) : [...address].join(".");
}

/** Leading bits that two addresses of one family have in common. */
function common(a: string, b: string): number {
  const [x, y] = [parseIp(a)!, parseIp(b)!];
  const skip = a.includes(":") ? 0 : 96;
  for (let bit = skip; bit < 128; bit++) {
    const mask = 0x80 >>> (bit & 7);
    if ((x[bit >>> 3]! & mask) !== (y[bit >>> 3]! & mask)) return bit - skip;
  }
  return 128 - skip;
}

describe("Crypto-PAn", () => {
  it("makes of the authors' sample what they published, also from the cache", () => {
    const pan = new CryptoPan(SAMPLE_KEY);
    for (let round = 0; round < 2; round++) {
      expect(SAMPLE.map(([address]) => [address, anonymised(pan, address)])).toEqual(SAMPLE);
    }
    expect(pan.misses).toBe(SAMPLE.length);
  });

  it("makes of IPv6 addresses what other implementations do", () => {
    const pan = new CryptoPan(SAMPLE_KEY);
    expect(SAMPLE_V6.map(([address]) => [address, anonymised(pan, address)])).toEqual(SAMPLE_V6);
    const other = new CryptoPan(new TextEncoder().encode("32-char-str-for-AES-key-and-pad."));
    expect(anonymised(other, "192.0.2.1")).toBe("192.0.125.244");
    expect(anonymised(other, "2001:db8::1")).toBe("27fe:8bc7:fee:1e:1e1f:f0fe:f0e1:83fd");
  });

  it("keeps common prefixes exactly as long as they were, in both families", () => {
    const pan = new CryptoPan(randomBytes(KEY_BYTES));
    const some = (isV6: boolean): string => {
      const bytes = randomBytes(isV6 ? 16 : 4);
      return isV6 ? formatIp(Uint8Array.of(0x20, ...bytes.subarray(1))) : [...bytes].join(".");
    };
    for (const isV6 of [false, true]) {
      for (let i = 0; i < 200; i++) {
        const one = some(isV6);
        const bytes = placed(one);
        const bit = Math.floor(Math.random() * (isV6 ? 112 : 32));
        bytes[3 + (bit >>> 3) + (isV6 && bit < 8 ? 1 : 0)]! ^= 0x80 >>> (bit & 7);
        const other = isV6 ? formatIp(bytes.subarray(3, -1)) : [...bytes.subarray(3, -1)].join(".");
        if (!isV6 && (one === "0.0.0.0" || other === "0.0.0.0")) continue;
        expect(common(anonymised(pan, one), anonymised(pan, other))).toBe(common(one, other));
      }
    }
  });

  it("leaves the address that says none", () => {
    const pan = new CryptoPan(SAMPLE_KEY);
    expect([anonymised(pan, "0.0.0.0"), anonymised(pan, "::")]).toEqual(["0.0.0.0", "::"]);
  });
});
