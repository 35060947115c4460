import { formatIpv4, formatIpv6, formatMac, toHex, u32be, uintBe } from "@ngflow/base";
import type { AbstractType } from "../element/abstract-type.ts";
import { formatTime, ntpFraction } from "./format-time.ts";

/** A value as `ngflow decode` prints it. */
export type FieldValue = string | number | boolean;

const text = new TextDecoder("utf-8", { fatal: true });

/**
 * The value of `length` bytes at `offset`, which the caller has checked to be there. Bytes whose length does not fit
 * the type, and bytes without a type, are returned as hexadecimal with `0x` before them, so that nothing is guessed or
 * lost.
 */
export function fieldValue(b: Uint8Array, offset: number, length: number, type: AbstractType | undefined): FieldValue {
  switch (type) {
    case "unsigned8":
    case "unsigned16":
    case "unsigned32":
    case "unsigned64":
      return length >= 1 && length <= 8 ? unsigned(b, offset, length) : hex(b, offset, length);
    case "signed8":
    case "signed16":
    case "signed32":
    case "signed64":
      return length >= 1 && length <= 8 ? signed(b, offset, length) : hex(b, offset, length);
    case "float32":
    case "float64":
      return float(b, offset, length);
    case "boolean":
      // RFC 7011 section 6.1.5: 1 is true, 2 is false, the rest is undefined.
      return length === 1 && (b[offset] === 1 || b[offset] === 2) ? b[offset] === 1 : hex(b, offset, length);
    case "macAddress":
      return length === 6 ? formatMac(b, offset) : hex(b, offset, length);
    case "ipv4Address":
      return length === 4 ? formatIpv4(b, offset) : hex(b, offset, length);
    case "ipv6Address":
      return length === 16 ? formatIpv6(b, offset) : hex(b, offset, length);
    case "string":
      return string(b, offset, length);
    case "dateTimeSeconds":
    case "dateTimeMilliseconds":
    case "dateTimeMicroseconds":
    case "dateTimeNanoseconds":
      return dateTime(b, offset, length, type);
    default:
      return hex(b, offset, length);
  }
}

function hex(b: Uint8Array, offset: number, length: number): string {
  return `0x${toHex(b, offset, offset + length)}`;
}

/** Exact: a number up to 2^53 - 1, decimal text above. */
function unsigned(b: Uint8Array, offset: number, length: number): number | string {
  const value = uintBe(b, offset, length);
  return value <= Number.MAX_SAFE_INTEGER ? value : BigInt(hex(b, offset, length)).toString();
}

function signed(b: Uint8Array, offset: number, length: number): number | string {
  const value = BigInt.asIntN(8 * length, BigInt(hex(b, offset, length)));
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value.toString();
}

function float(b: Uint8Array, offset: number, length: number): number | string {
  if (length !== 4 && length !== 8) return hex(b, offset, length);
  const view = new DataView(b.buffer, b.byteOffset + offset, length);
  const value = length === 4 ? view.getFloat32(0) : view.getFloat64(0);
  return Number.isFinite(value) ? value : hex(b, offset, length);
}

/** UTF-8 without the zero bytes that pad fixed-length strings. */
function string(b: Uint8Array, offset: number, length: number): string {
  let end = offset + length;
  while (end > offset && b[end - 1] === 0) end--;
  try {
    return text.decode(b.subarray(offset, end));
  } catch {
    return hex(b, offset, length);
  }
}

/** ISO 8601 UTC with the digits the type has. Micro- and nanoseconds are NTP timestamps (RFC 7011 section 6.1.9). */
function dateTime(b: Uint8Array, offset: number, length: number, type: AbstractType): string {
  if (type === "dateTimeSeconds") {
    return (length === 4 ? formatTime(u32be(b, offset), 0, 0) : undefined) ?? hex(b, offset, length);
  }
  if (length !== 8) return hex(b, offset, length);
  if (type === "dateTimeMilliseconds") {
    const ms = uintBe(b, offset, 8);
    return formatTime(Math.floor(ms / 1000), ms % 1000, 3) ?? hex(b, offset, length);
  }
  const digits = type === "dateTimeMicroseconds" ? 6 : 9;
  const seconds = u32be(b, offset) - NTP_TO_UNIX_SECONDS;
  return formatTime(seconds, ntpFraction(u32be(b, offset + 4), digits), digits) ?? hex(b, offset, length);
}

/** Seconds from the NTP epoch (1900) to the Unix epoch (1970). */
export const NTP_TO_UNIX_SECONDS = 2_208_988_800;
