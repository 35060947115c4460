/** Text forms of addresses. IPv6 follows RFC 5952; every address is stored as 16 bytes, IPv4 as ::ffff:a.b.c.d. */

import { u16be } from "./bytes.ts";

/** `a.b.c.d` from 4 bytes. */
export function formatIpv4(b: Uint8Array, o = 0): string {
  return `${b[o]!}.${b[o + 1]!}.${b[o + 2]!}.${b[o + 3]!}`;
}

/** RFC 5952 text from 16 bytes: lower case, longest run of two or more zero groups shortened. */
export function formatIpv6(b: Uint8Array, o = 0): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8;) {
    let j = i;
    while (j < 8 && u16be(b, o + 2 * j) === 0) j++;
    if (j - i > bestLength) {
      bestStart = i;
      bestLength = j - i;
    }
    i = Math.max(j, i + 1);
  }
  if (bestStart === 0 && bestLength === 5 && u16be(b, o + 10) === 0xffff) return `::ffff:${formatIpv4(b, o + 12)}`;
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === bestStart) {
      text += "::";
      i += bestLength - 1;
      continue;
    }
    if (text !== "" && !text.endsWith(":")) text += ":";
    text += u16be(b, o + 2 * i).toString(16);
  }
  return text;
}

/** Whether 16 bytes are an IPv4-mapped address (RFC 4291 §2.5.5.2). */
export function isMappedIpv4(b: Uint8Array, o = 0): boolean {
  for (let i = 0; i < 10; i++) if (b[o + i] !== 0) return false;
  return b[o + 10] === 0xff && b[o + 11] === 0xff;
}

/** Text of 16 bytes: dotted for IPv4-mapped addresses, RFC 5952 for the rest. */
export function formatIp(b: Uint8Array, o = 0): string {
  return isMappedIpv4(b, o) ? formatIpv4(b, o + 12) : formatIpv6(b, o);
}

/** Lower-case MAC address with colons from 6 bytes. */
export function formatMac(b: Uint8Array, o = 0): string {
  let text = "";
  for (let i = 0; i < 6; i++) text += (i === 0 ? "" : ":") + b[o + i]!.toString(16).padStart(2, "0");
  return text;
}

function parseIpv4Into(text: string, out: Uint8Array, o: number): boolean {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return false;
  for (let i = 0; i < 4; i++) {
    const octet = Number(match[i + 1]);
    if (octet > 255) return false;
    out[o + i] = octet;
  }
  return true;
}

/** 16 bytes of an IPv4 (mapped) or IPv6 text; undefined when the text is neither. Zone identifiers are refused. */
export function parseIp(text: string): Uint8Array | undefined {
  const out = new Uint8Array(16);
  if (!text.includes(":")) {
    out[10] = out[11] = 0xff;
    return parseIpv4Into(text, out, 12) ? out : undefined;
  }
  let head = text;
  const lastColon = text.lastIndexOf(":");
  const tail = text.slice(lastColon + 1);
  if (tail.includes(".")) {
    const v4 = new Uint8Array(4);
    if (!parseIpv4Into(tail, v4, 0)) return undefined;
    head = `${text.slice(0, lastColon + 1)}${u16be(v4, 0).toString(16)}:${u16be(v4, 2).toString(16)}`;
  }
  const halves = head.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((h) => (h === "" ? [] : h.split(":")));
  const count = groups.reduce((n, g) => n + g.length, 0);
  if (halves.length === 1 ? count !== 8 : count > 7) return undefined;
  const left = groups[0] ?? [];
  const all = [...left, ...Array<string>(8 - count).fill("0"), ...(groups[1] ?? [])];
  for (let i = 0; i < 8; i++) {
    const group = all[i]!;
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    out[2 * i] = value >>> 8;
    out[2 * i + 1] = value & 0xff;
  }
  return out;
}

/** Whether a text is a multicast address, IPv4 or IPv6; `%ZONE` may follow it. */
export function isMulticast(text: string): boolean {
  const bytes = parseIp(text.split("%", 1)[0]!);
  if (bytes === undefined) return false;
  return isMappedIpv4(bytes) ? bytes[12]! >>> 4 === 0xe : bytes[0] === 0xff;
}

/** The text of an IPv4 address that a socket of IPv6 reports as ::ffff:a.b.c.d; any other text as it is. */
export function plainAddress(text: string): string {
  return text.replace(/^::ffff:(?=\d+\.)/, "");
}
