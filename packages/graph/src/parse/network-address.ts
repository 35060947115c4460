import { formatIpv4, formatMac } from "@ngflow/base";
import { NgError } from "../ng-error.ts";
import { int8 } from "./integer.ts";
import { parseNumber, saturateUnsigned } from "./number.ts";
import { append, appendZeros } from "./output.ts";
import type { ParseType } from "./parse-type.ts";

/**
 * An IPv4 address in network byte order. Every octet follows the rule of int8; the cursor ends one character behind the
 * last octet, as in releases 12 and 13.
 */
export const ipaddr: ParseType = {
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

/** An Ethernet address: six hexadecimal groups. It has no default, so a struct must name it and always prints it. */
export const enaddr: ParseType = {
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
