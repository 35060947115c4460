import { fromHex } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import type { AbstractType } from "../element/abstract-type.ts";
import { fieldValue } from "./field-value.ts";

describe("fieldValue", () => {
  it.each<[AbstractType | undefined, string, string | number | boolean]>([
    ["unsigned64", "ff", 255],
    ["unsigned64", "001fffffffffffff", 2 ** 53 - 1],
    ["unsigned64", "0020000000000000", "9007199254740992"],
    ["unsigned64", "ffffffffffffffff", "18446744073709551615"],
    ["unsigned32", "000000000000000001", "0x000000000000000001"],
    ["signed32", "ffffffff", -1],
    ["signed32", "ff", -1],
    ["signed64", "8000000000000000", "-9223372036854775808"],
    ["float64", "3ff8000000000000", 1.5],
    ["float32", "3fc00000", 1.5],
    ["float64", "3fc00000", 1.5],
    ["float64", "7ff8000000000000", "0x7ff8000000000000"],
    ["boolean", "01", true],
    ["boolean", "02", false],
    ["boolean", "00", "0x00"],
    ["macAddress", "020000000001", "02:00:00:00:00:01"],
    ["ipv4Address", "c0000201", "192.0.2.1"],
    ["ipv4Address", "c00002", "0xc00002"],
    ["ipv6Address", "20010db8000000000000000000000001", "2001:db8::1"],
    ["string", "e38182000000", "あ"],
    ["string", "ff41", "0xff41"],
    ["octetArray", "0a0b", "0x0a0b"],
    [undefined, "", "0x"],
    ["dateTimeSeconds", "6553f100", "2023-11-14T22:13:20Z"],
    ["dateTimeMilliseconds", "0000018bcfe5687b", "2023-11-14T22:13:20.123Z"],
    ["dateTimeMilliseconds", "ffffffffffffffff", "0xffffffffffffffff"],
    ["dateTimeMicroseconds", "e8fe6f8080000000", "2023-11-14T22:13:20.500000Z"],
    ["dateTimeNanoseconds", "e8fe6f80ffffffff", "2023-11-14T22:13:20.999999999Z"],
  ])("%s %s is %s", (type, hex, value) => {
    const b = fromHex(`ee${hex}ee`);
    expect(fieldValue(b, 1, b.length - 2, type)).toBe(value);
  });
});
