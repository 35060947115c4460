import { bytes } from "@ngflow/wire/testing";
import { expect, it } from "vitest";
import { ProxyHeader } from "./proxy-header.ts";

const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const V4 = bytes([192, 1], [0, 1], [2, 1], [9, 1], [10, 1], [0, 1], [0, 1], [1, 1], [5555, 2], [2055, 2]);
const V6 = bytes([0x20010db8, 4], [0, 4], [0, 4], [7, 4], new Uint8Array(16), [5556, 2], [2055, 2]);
const header = (command: number, family: number, body: Uint8Array, length = body.length): Uint8Array =>
  bytes(SIGNATURE, [command, 1], [family, 1], [length, 2], body);

it.each([
  ["IPv4", header(0x21, 0x12, V4), "192.0.2.9", 5555],
  ["IPv6", header(0x21, 0x22, V6), "2001:db8::7", 5556],
  ["IPv4 with extensions", header(0x21, 0x12, bytes(V4, [4, 1], [1, 2], [0, 1])), "192.0.2.9", 5555],
  ["the proxy itself", header(0x20, 0, new Uint8Array(0)), "", 0],
  ["a family that is not known", header(0x21, 0x31, new Uint8Array(216)), "", 0],
])("reads %s, and no header that is cut at any byte", (_, whole, address, port) => {
  const proxy = new ProxyHeader();
  const datagram = bytes([1, 3], whole, [5, 2]);
  expect(proxy.read(datagram, 3, datagram.length)).toBe(true);
  expect([proxy.end, proxy.address, proxy.port]).toEqual([3 + whole.length, address, port]);
  for (let cut = 0; cut < whole.length; cut++) expect(proxy.read(datagram, 3, 3 + cut)).toBe(false);
});

it.each([
  ["another signature", bytes([0, 1], header(0x21, 0x12, V4))],
  ["version 1", header(0x11, 0x12, V4)],
  ["another command", header(0x22, 0x12, V4)],
  ["addresses that are too short", header(0x21, 0x12, V4.subarray(0, 11))],
  ["IPv6 in the room of IPv4", header(0x21, 0x22, V4)],
  ["a length beyond the datagram", header(0x21, 0x12, V4, 13)],
  ["a length that is too large", header(0x21, 0x12, new Uint8Array(5000))],
])("refuses %s", (_, wrong) => expect(new ProxyHeader().read(wrong, 0, wrong.length)).toBe(false));
