import { bytes, ipfix, set, template, type TestField, v9 } from "@ngflow/wire/testing";
import { describe, expect, it } from "vitest";
import { memoryCollector, type Row } from "../testing/memory-collector.ts";

const KEY: TestField[] = [
  [8, 4],
  [11, 2],
  [4, 1],
];

/** One record: its key (destination port, protocol) and further fields with their values. */
async function row(
  port: number,
  proto: number,
  extra: readonly (readonly [id: number, length: number, value: number])[],
): Promise<Row> {
  const fields = [...KEY, ...extra.map(([id, length]) => [id, length] as const)];
  const record = bytes(
    [0x0a000001, 4],
    [port, 2],
    [proto, 1],
    ...extra.map(([, length, value]) => [value, length] as const),
  );
  const rows = await memoryCollector().receive(v9({}, set(0, template(256, fields)), set(256, record)));
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

describe("ICMP type and code", () => {
  const PORT = 0x0301;
  it.each([
    ["without fields they are in the port", 1, [], [3, 1]],
    ["32", 1, [[32, 2, 0x0800]], [8, 0]],
    ["32 says 0, 0", 1, [[32, 2, 0]], [0, 0]],
    [
      "176 and 177",
      1,
      [
        [176, 1, 3],
        [177, 1, 4],
      ],
      [3, 4],
    ],
    [
      "176 and 177 say 0, 0",
      1,
      [
        [176, 1, 0],
        [177, 1, 0],
      ],
      [0, 0],
    ],
    ["176 alone", 1, [[176, 1, 0]], [0, 0]],
    ["139 of ICMPv6", 58, [[139, 2, 0x8100]], [129, 0]],
    [
      "178 and 179 of ICMPv6",
      58,
      [
        [178, 1, 1],
        [179, 1, 4],
      ],
      [1, 4],
    ],
    [
      "178 and 179 say 0, 0",
      58,
      [
        [178, 1, 0],
        [179, 1, 0],
      ],
      [0, 0],
    ],
    [
      "both families, of ICMP",
      1,
      [
        [32, 2, 0],
        [139, 2, 0],
      ],
      [0, 0],
    ],
    [
      "both families, of ICMPv6",
      58,
      [
        [32, 2, 0],
        [139, 2, 0x8000],
      ],
      [128, 0],
    ],
    ["32 in a flow of ICMPv6", 58, [[32, 2, 0x8000]], [128, 0]],
    ["32 is not filled in a flow of ICMPv6", 58, [[32, 2, 0]], [3, 1]],
    ["139 is not filled in a flow of ICMP", 1, [[139, 2, 0]], [3, 1]],
  ] as const)("%s", async (_, proto, extra, expected) => {
    const { IcmpType, IcmpCode, DstPort } = await row(PORT, proto, extra);
    expect([IcmpType, IcmpCode, DstPort]).toEqual([...expected, PORT]);
  });
});

describe("counters of both sides", () => {
  it.each([
    [
      "only OUT",
      [
        [23, 4, 5000],
        [24, 4, 5],
      ],
      [5000, 5],
    ],
    [
      "IN set, OUT zero",
      [
        [1, 4, 7000],
        [2, 4, 7],
        [23, 4, 0],
        [24, 4, 0],
      ],
      [7000, 7],
    ],
    [
      "IN zero, OUT set",
      [
        [1, 4, 0],
        [2, 4, 0],
        [23, 4, 6000],
        [24, 4, 6],
      ],
      [6000, 6],
    ],
    [
      "both set: the same packets twice",
      [
        [1, 4, 134],
        [2, 4, 1],
        [23, 8, 130],
        [24, 8, 1],
      ],
      [134, 1],
    ],
    [
      "IN packets without bytes",
      [
        [1, 4, 0],
        [2, 4, 3],
        [23, 4, 6000],
        [24, 4, 6],
      ],
      [0, 3],
    ],
    [
      "OUT before IN in the template",
      [
        [23, 8, 6000],
        [24, 8, 6],
        [1, 4, 0],
        [2, 4, 0],
      ],
      [6000, 6],
    ],
    [
      "both zero",
      [
        [1, 4, 0],
        [2, 4, 0],
        [23, 4, 0],
        [24, 4, 0],
      ],
      [0, 0],
    ],
    [
      "IN total zero, OUT total set",
      [
        [85, 8, 0],
        [86, 8, 0],
        [171, 8, 6000],
        [172, 8, 6],
      ],
      [6000, 6],
    ],
    [
      "OUT without packets",
      [
        [1, 4, 0],
        [2, 4, 0],
        [23, 4, 6000],
      ],
      [6000, 0],
    ],
    [
      "delta zero, total set: nothing came since",
      [
        [1, 4, 0],
        [2, 4, 0],
        [85, 8, 900],
        [86, 8, 9],
      ],
      [0, 0],
    ],
  ] as const)("%s", async (_, extra, expected) => {
    const { Bytes, Packets } = await row(80, 17, extra);
    expect([Bytes, Packets]).toEqual(expected);
  });
});

describe("elements that share a meaning, and those that do not", () => {
  it.each([
    ["vlanId", "Vlan", [[58, 2, 10]], 10],
    ["dot1qVlanId", "Vlan", [[243, 2, 10]], 10],
    [
      "vlanId is not filled, dot1qVlanId is",
      "Vlan",
      [
        [58, 2, 0],
        [243, 2, 10],
      ],
      10,
    ],
    [
      "dot1qVlanId is not filled, vlanId is",
      "Vlan",
      [
        [243, 2, 0],
        [58, 2, 10],
      ],
      10,
    ],
    ["only postVlanId", "Vlan", [[59, 2, 10]], 10],
    ["only postDot1qVlanId", "Vlan", [[254, 2, 10]], 10],
    [
      "untagged, tagged by the device",
      "Vlan",
      [
        [58, 2, 0],
        [59, 2, 10],
      ],
      0,
    ],
    [
      "class of service 0, marked by the device",
      "Tos",
      [
        [5, 1, 0],
        [55, 1, 64],
      ],
      0,
    ],
    ["only the marked class of service", "Tos", [[55, 1, 64]], 64],
    [
      "an interval of 0 next to a real one",
      "SamplingRate",
      [
        [34, 4, 0],
        [50, 4, 100],
      ],
      100,
    ],
    [
      "a pair of 0 next to a real interval",
      "SamplingRate",
      [
        [305, 4, 0],
        [306, 4, 0],
        [34, 4, 50],
      ],
      50,
    ],
    [
      "an interval of 0 next to a pair",
      "SamplingRate",
      [
        [34, 4, 0],
        [305, 4, 1],
        [306, 4, 63],
      ],
      64,
    ],
  ] as const)("%s", async (_, column, extra, expected) => {
    expect((await row(80, 17, [[2, 4, 1], ...extra]))[column]).toBe(expected);
  });

  it("a prefix length of 0 and a protocol of 0 are values", async () => {
    const rows = await memoryCollector().receive(
      ipfix(
        {},
        set(
          2,
          template(256, [
            [8, 4],
            [9, 1],
            [4, 1],
          ]),
        ),
        set(256, bytes([0x0a000001, 4], [0, 1], [0, 1])),
      ),
    );
    expect(rows).toMatchObject([{ SrcMask: 0, Proto: 0, SrcAddr: "10.0.0.1" }]);
  });
});
