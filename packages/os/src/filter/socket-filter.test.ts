import { toHex } from "@ngflow/base";
import { describe, expect, test } from "vitest";
import { KEEP_NOTHING, keepBytes, limited, parseSocketFilter } from "./socket-filter.ts";

/** "ip" as tcpdump -ddd prints it. */
const IP = "4\n40 0 0 12\n21 0 1 2048\n6 0 0 262144\n6 0 0 0\n";
const IP_HEX = "280000000c000000150000010008000006000000000004000600000000000000";

describe("socket filters", () => {
  test("are read as tcpdump prints them, and as iptables takes them", () => {
    for (const text of [IP, "4,40 0 0 12,21 0 1 2048,6 0 0 262144,6 0 0 0", `${IP.trim().replaceAll("\n", ",")},`]) {
      const filter = parseSocketFilter(text)!;
      expect(filter.instructions).toBe(4);
      expect(toHex(filter.bytes)).toBe(IP_HEX);
    }
  });

  test.each([
    "",
    "udp port 53",
    "0",
    "2\n6 0 0 0",
    "1\n6 0 0",
    "1\n65536 0 0 0",
    "1\n6 256 0 0",
    "1\n6 0 0 4294967296",
  ])("are not %j", (text) => expect(parseSocketFilter(text)).toBeUndefined());

  test("keep no more than a capture length of what they keep, and nothing of what they do not", () => {
    const short = limited(parseSocketFilter(IP)!, 64);
    expect(toHex(short.bytes)).toBe(IP_HEX.replace("0600000000000400", "0600000040000000"));
    expect(limited(keepBytes(32), 64)).toEqual(keepBytes(32));
    expect(limited(KEEP_NOTHING, 64)).toEqual(KEEP_NOTHING);
  });
});
