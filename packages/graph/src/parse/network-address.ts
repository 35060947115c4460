import { formatIpv4, formatMac } from "@ngflow/base";
import { NgError } from "../ng-error.ts";
import { int8 } from "./integer.ts";
import { parseNumber, saturateUnsigned } from "./number.ts";
import { append, appendZeros } from "./output.ts";
import type { ParseType, TextType } from "./parse-type.ts";
import { typeOf } from "./values.ts";

/** Values are the address's bytes. */
function addressType(text: TextType, size: number): ParseType<Uint8Array> {
  return typeOf(text, {
    get(input) {
      const at = input.take(size);
      return input.data.slice(at, at + size);
    },
    put(value, output) {
      const at = output.take(size);
      output.bytes.set(value.subarray(0, size), at);
    },
  });
}

const ipaddrText: TextType = {
  label: "ipaddr",
  align: 4,
  parse(text, cursor, out) {
    for (let i = 0; i < 4; i++) {
      int8.parse(text, cursor, out);
      if (i < 3 && text[cursor.at] !== ".") throw new NgError("EINVAL");
      cursor.at++;
    }
  },
  unparse(data, cursor) {
    const at = cursor.at;
    if (at + 4 > data.length) throw new NgError("ERANGE");
    cursor.at += 4;
    return formatIpv4(data, at);
  },
  defaultValue: (out) => appendZeros(out, 4),
};

/**
 * An IPv4 address in network byte order. Every octet follows the rule of int8; the cursor ends one character behind the
 * last octet, as in releases 12 and 13.
 */
export const ipaddr: ParseType<Uint8Array> = addressType(ipaddrText, 4);

const enaddrText: TextType = {
  label: "enaddr",
  align: 1,
  parse(text, cursor, out) {
    for (let i = 0; i < 6; i++) {
      const { value, end } = parseNumber(text, cursor.at, 16);
      const octet = saturateUnsigned(value);
      if (end === cursor.at || octet > 0xffn) throw new NgError("EINVAL");
      append(out, [Number(octet)]);
      cursor.at = end;
      if (i === 5) break;
      if (text[end] !== ":") throw new NgError("EINVAL");
      cursor.at++;
    }
  },
  unparse(data, cursor) {
    const at = cursor.at;
    if (at + 6 > data.length) throw new NgError("ERANGE");
    cursor.at += 6;
    return formatMac(data, at);
  },
};

/** An Ethernet address: six hexadecimal groups. It has no default, so a struct must name it and always prints it. */
export const enaddr: ParseType<Uint8Array> = addressType(enaddrText, 6);
