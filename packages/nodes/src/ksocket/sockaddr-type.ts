import {
  byteArray,
  hint32,
  int32,
  NgError,
  type ParseOutput,
  type ParseType,
  sizedString,
  string,
  structType,
  type TextType,
  typeOf,
  uint8,
} from "@ngflow/graph";
import type { SocketAddress } from "@ngflow/os";
import { PF_INET, PF_LOCAL } from "./hook-name.ts";
import { readSockaddr, writeSockaddr } from "./sockaddr.ts";

const HEADER_BYTES = 2;
const SOCKADDR_IN_BYTES = 16;
const PATH_LONGEST = 255;
const FAMILY_LONGEST = 31;
const FAMILIES: Readonly<Record<string, number>> = { local: PF_LOCAL, inet: PF_INET };

/** `{ len= family= data=[ … ] }`: any address; `data` are the bytes behind the two header bytes. */
const genericSockaddr = structType([
  ["len", uint8],
  ["family", uint8],
  ["data", byteArray((data, start) => Math.max(0, (data[start] ?? 0) - HEADER_BYTES))],
]);

const sockaddrText: TextType = {
  label: "sockaddr",
  align: 1,
  parse(text, cursor, out) {
    const at = skipSpace(text, cursor.at);
    if (text[at] === "{") {
      cursor.at = at;
      genericSockaddr.parse(text, cursor, out);
      return;
    }
    const slash = text.indexOf("/", at);
    if (slash < 0 || slash - at > FAMILY_LONGEST) throw new NgError("EINVAL");
    cursor.at = slash + 1;
    const name = text.slice(at, slash);
    const family = Object.hasOwn(FAMILIES, name) ? FAMILIES[name] : undefined;
    if (family === PF_LOCAL) append(out, parseLocal(text, cursor));
    else if (family === PF_INET) append(out, parseInet(text, cursor));
    else throw new NgError("EINVAL");
  },
  unparse(data, cursor, context) {
    const at = cursor.at;
    const length = data[at] ?? 0;
    const family = data[at + 1];
    if (family === PF_LOCAL) {
      const path = data.subarray(at + HEADER_BYTES, at + Math.max(length, HEADER_BYTES));
      cursor.at += length;
      return `local/${quote(path)}`;
    }
    if (family !== PF_INET) return genericSockaddr.unparse(data, cursor, context);
    if (at + SOCKADDR_IN_BYTES > data.length) throw new NgError("ERANGE");
    cursor.at += SOCKADDR_IN_BYTES;
    const port = (data[at + 2]! << 8) | data[at + 3]!;
    return `inet/${data.subarray(at + 4, at + 8).join(".")}${port === 0 ? "" : `:${port}`}`;
  },
};

/** Addresses as FreeBSD's sockaddr, which may have more bytes than it says. */
const addressType = (text: TextType): ParseType<SocketAddress> =>
  typeOf(text, {
    open: true,
    get(input) {
      const bytes = input.data.subarray(input.at);
      input.at = input.data.length;
      return readSockaddr(bytes);
    },
    put: (address, output) => output.put(writeSockaddr(address)),
  });

/**
 * A socket address: `inet/a.b.c.d[:port]`, `local/"path"` or the generic struct; IPv6 has the generic form only
 * (reference: nodes.md §2.2). Bytes are FreeBSD's sockaddr.
 */
export const sockaddr = addressType(sockaddrText);

/** Reply of `accept`: the new node and the peer's address, which is always printed in the generic form. */
export const acceptReply = structType([
  ["nodeid", hint32],
  ["addr", addressType(genericSockaddr)],
]);

const SOCKOPT_HEADER_BYTES = 8;

/** `{ level= name= value=[ … ] }` in FreeBSD's numbers; as long as the message it came in. */
export const sockopt = structType([
  ["level", int32],
  ["name", int32],
  ["value", byteArray((_data, _start, messageLength) => Math.max(0, messageLength - SOCKOPT_HEADER_BYTES))],
]);

function skipSpace(text: string, at: number): number {
  while (/[ \t\n\v\f\r]/.test(text[at] ?? "")) at++;
  return at;
}

function append(out: ParseOutput, bytes: Uint8Array): void {
  if (out.length + bytes.length > out.bytes.length) throw new NgError("ERANGE");
  out.bytes.set(bytes, out.length);
  out.length += bytes.length;
}

/** The text form of any bytes, zero bytes included. */
function quote(bytes: Uint8Array): string {
  const sized = new Uint8Array(2 + bytes.length);
  sized[0] = bytes.length & 0xff;
  sized[1] = bytes.length >>> 8;
  sized.set(bytes, 2);
  return sizedString.unparse(sized, { at: 0 }, { start: 0, at: 0, data: sized, messageLength: sized.length });
}

/** As many bytes as the length byte says, which wraps for the two longest paths. */
function parseLocal(text: string, cursor: { at: number }): Uint8Array {
  const scratch = { start: 0, bytes: new Uint8Array(text.length + 1), length: 0, messageLength: 0 };
  string.parse(text, cursor, scratch);
  const length = scratch.bytes.indexOf(0);
  if (length > PATH_LONGEST) throw new NgError("E2BIG");
  const bytes = new Uint8Array(HEADER_BYTES + length);
  bytes[0] = bytes.length & 0xff;
  bytes[1] = PF_LOCAL;
  bytes.set(scratch.bytes.subarray(0, length), HEADER_BYTES);
  return bytes.subarray(0, bytes[0]);
}

const DECIMAL = /[ \t\n\v\f\r]*([-+]?)([0-9]+)/y;

/** A decimal number as strtoul reads it, up to `max`. @throws NgError EINVAL. */
function parseDecimal(text: string, cursor: { at: number }, max: number): number {
  DECIMAL.lastIndex = cursor.at;
  const match = DECIMAL.exec(text);
  const value = Number(match?.[2] ?? Infinity);
  if (match === null || value > max || (match[1] === "-" && value !== 0)) throw new NgError("EINVAL");
  cursor.at = DECIMAL.lastIndex;
  return value;
}

function parseInet(text: string, cursor: { at: number }): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_IN_BYTES);
  bytes[0] = SOCKADDR_IN_BYTES;
  bytes[1] = PF_INET;
  for (let i = 0; i < 4; i++) {
    bytes[4 + i] = parseDecimal(text, cursor, 255);
    if (i === 3) break;
    if (text[cursor.at] !== ".") throw new NgError("EINVAL");
    cursor.at++;
  }
  if (text[cursor.at] === ":") {
    cursor.at++;
    const port = parseDecimal(text, cursor, 0xffff);
    bytes[2] = port >>> 8;
    bytes[3] = port & 0xff;
  }
  return bytes;
}
