import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytes, ipfix, ipfixOptions, RecordingSink, set, template, v5, v9, v9Options } from "./testing/index.ts";

const V5 = v5({ sequence: 7, domain: 0x0102, sampling: 0x03e8 }, [
  {
    source: [10, 0, 0, 1],
    destination: [10, 0, 0, 2],
    packets: 3,
    octets: 1500,
    first: 990_000,
    last: 999_000,
    sourcePort: 1234,
    destinationPort: 80,
    protocol: 6,
  },
]);

const V9 = v9(
  { sequence: 9, domain: 5 },
  set(
    0,
    template(256, [
      [8, 4],
      [12, 4],
      [1, 8],
      [82, 8],
      [40100, 2],
    ]),
  ),
  set(
    1,
    v9Options(
      257,
      [[1, 4]],
      [
        [34, 4],
        [48, 1],
      ],
    ),
  ),
  set(256, bytes([0x0a000001, 4], [0x0a000002, 4], [2n ** 60n, 8]), bytes([0x65746830, 4], [0, 4], [0xbeef, 2])),
  set(257, bytes([7, 4], [100, 4], [2, 1])),
);

const IPFIX = ipfix(
  { sequence: 11, domain: 6 },
  set(
    2,
    template(300, [
      [27, 16],
      [152, 8],
      [82, 65535],
      [99, 3, 35632],
      [1, 8, 29305],
    ]),
  ),
  set(
    3,
    ipfixOptions(
      301,
      [[302, 8]],
      [
        [305, 4],
        [306, 4],
      ],
    ),
  ),
  set(
    300,
    bytes(
      [0x20010db8000000000000000000000001n, 16],
      [1_700_000_000_123, 8],
      [3, 1],
      [0x616263, 3],
      [0xabcdef, 3],
      [9, 8],
    ),
    bytes([1, 16], [1_700_000_000_456, 8], [255, 1], [2, 2], [0x6465, 2], [1, 3], [10, 8]),
  ),
  set(301, bytes([4, 8], [1, 4], [999, 4])),
);

describe("v5", () => {
  it("reads header and records", () => {
    const sink = new RecordingSink().decode(V5);
    expect(sink.errors).toEqual([]);
    expect(sink.headers[0]).toMatchObject({
      protocol: { name: "v5" },
      sequence: 7,
      domain: 0x0102,
      samplingInterval: 1000,
      samplingMode: 0,
    });
    expect(sink.fields).toEqual([
      {
        sourceIPv4Address: "10.0.0.1",
        destinationIPv4Address: "10.0.0.2",
        ipNextHopIPv4Address: "10.9.9.9",
        ingressInterface: 3,
        egressInterface: 4,
        packetDeltaCount: 3,
        octetDeltaCount: 1500,
        flowStartSysUpTime: 990_000,
        flowEndSysUpTime: 999_000,
        sourceTransportPort: 1234,
        destinationTransportPort: 80,
        tcpControlBits: 0x1b,
        protocolIdentifier: 6,
        ipClassOfService: 0x20,
        bgpSourceAsNumber: 65001,
        bgpDestinationAsNumber: 65002,
        sourceIPv4PrefixLength: 24,
        destinationIPv4PrefixLength: 16,
      },
    ]);
  });

  it("reports a count that the bytes do not bear out, and reads the records that are there", () => {
    for (const [count, records] of [
      [0, 0],
      [2, 1],
      [65535, 1],
    ] as const) {
      const sink = new RecordingSink().decode(bytes(V5.slice(0, 2), [count, 2], V5.slice(4)));
      expect(sink.errors).toEqual([{ code: "count-invalid", offset: 2 }]);
      expect(sink.readings).toHaveLength(records);
    }
    const two = bytes(V5.slice(0, 2), [2, 2], V5.slice(4), V5.slice(24));
    for (let cut = 24; cut < two.length; cut++) {
      const sink = new RecordingSink().decode(two.slice(0, cut));
      expect(sink.errors, `cut at ${cut}`).toEqual([{ code: "count-invalid", offset: 2 }]);
      expect(sink.readings, `cut at ${cut}`).toHaveLength(Math.floor((cut - 24) / 48));
    }
  });
});

describe("one unreadable thing does not hide the rest", () => {
  const FIELDS = [
    [8, 4],
    [2, 4],
  ] as const;
  const record = (host: number): Uint8Array => bytes([host, 4], [1, 4]);
  const sets = (template_: number): Uint8Array[] => [
    set(template_, template(256, FIELDS)),
    set(256, record(1)),
    set(99, record(9)),
    set(256, record(2), record(3)),
  ];
  const read = (datagram: Uint8Array): [records: number, codes: string[]] => {
    const sink = new RecordingSink().decode(datagram);
    return [sink.readings.length, sink.errors.map(({ code }) => code)];
  };

  it.each([
    ["v9", v9({}, ...sets(0)), ["set-length"]],
    ["ipfix", ipfix({}, ...sets(2)), ["length-invalid", "set-length"]],
  ] as const)("%s: reserved sets, and a datagram that was cut", (_, whole, codes) => {
    expect(read(whole)).toEqual([3, ["set-reserved"]]);
    expect(new Set(read(whole.slice(0, -1))[1])).toEqual(new Set(["set-reserved", ...codes]));
    expect(read(whole.slice(0, -1))[0]).toBe(2);
    expect(read(whole.slice(0, -8))[0]).toBe(2);
    expect(read(whole.slice(0, -9))[0]).toBe(1);
  });

  it("a set that says it is longer than the rest of the datagram", () => {
    const long = bytes([256, 2], [1372, 2], record(1), record(2), [7, 3]);
    expect(read(v9({}, set(0, template(256, FIELDS)), long))).toEqual([2, ["set-length"]]);
    expect(read(ipfix({}, set(2, template(256, FIELDS)), long))).toEqual([2, ["set-length"]]);
  });

  it("a set whose length is impossible ends the datagram; what came before stays", () => {
    const short = bytes([256, 2], [3, 2], record(1));
    expect(read(v9({}, ...sets(0), short))).toEqual([3, ["set-reserved", "set-length"]]);
  });

  it("a template that cannot be read, before others in other sets", () => {
    const broken = bytes([300, 2], [9, 2], [8, 2], [4, 2]);
    expect(read(v9({}, set(0, broken), ...sets(0)))).toEqual([3, ["template-truncated", "set-reserved"]]);
    const empty = bytes([300, 2], [1, 2], [8, 2], [0, 2]);
    expect(read(v9({}, set(0, empty, template(256, FIELDS)), set(256, record(1))))).toEqual([1, ["template-empty"]]);
  });

  it("a record of variable length that does not fit, before other sets", () => {
    const variable = template(257, [
      [8, 4],
      [82, 65535],
    ]);
    const broken = set(257, bytes([1, 4], [200, 1], [7, 3]));
    const sink = new RecordingSink().decode(ipfix({}, set(2, variable), broken, ...sets(2)));
    expect(sink.fields.filter((fields) => "packetDeltaCount" in fields)).toHaveLength(3);
  });
});

describe("v1 and v7", () => {
  const record = V5.slice(24);
  it("reads v1 records of 52 bytes and of 48", () => {
    for (const length of [52, 48]) {
      const body = new Uint8Array(2 * length);
      for (const at of [0, length]) {
        body.set(record.slice(0, 36), at);
        body.set([6, 0x20, 0x1b], at + 38);
      }
      const sink = new RecordingSink().decode(bytes([1, 2], [2, 2], [1_000_000, 4], [1_700_000_000, 4], [0, 4], body));
      expect(sink.errors).toEqual([]);
      expect(sink.fields).toHaveLength(2);
      expect(sink.fields[1]).toMatchObject({
        sourceIPv4Address: "10.0.0.1",
        octetDeltaCount: 1500,
        protocolIdentifier: 6,
      });
    }
  });

  it("reads v7", () => {
    const sink = new RecordingSink().decode(
      bytes([7, 2], [1, 2], [1_000_000, 4], [1_700_000_000, 4], [0, 4], [77, 4], [0, 4], record, [0x0a0a0a0a, 4]),
    );
    expect(sink.headers[0]).toMatchObject({ protocol: { name: "v7" }, sequence: 77 });
    expect(sink.fields[0]).toMatchObject({ ipv4RouterSc: "10.10.10.10", destinationTransportPort: 80 });
  });
});

describe("v9", () => {
  it("reads templates, options with scope, data, and unknown types", () => {
    const sink = new RecordingSink().decode(V9);
    expect(sink.errors).toEqual([]);
    expect(sink.headers[0]).toMatchObject({ protocol: { name: "v9" }, sequence: 9, domain: 5 });
    expect(sink.fields[0]).toEqual({
      sourceIPv4Address: "10.0.0.1",
      destinationIPv4Address: "10.0.0.2",
      octetDeltaCount: "1152921504606846976",
      interfaceName: "eth0",
      "0.40100": "0xbeef",
    });
    expect(sink.readings[1]).toMatchObject({ scope: { system: 7 }, fields: { samplingInterval: 100, samplerId: 2 } });
  });

  it("takes a zero-filled tail as padding", () => {
    const sink = new RecordingSink().decode(bytes(V9, new Uint8Array(321)));
    expect(sink.errors).toEqual([]);
    expect(sink.readings).toHaveLength(2);
  });

  it("skips fields of no length and refuses records of no length", () => {
    const sink = new RecordingSink().decode(
      v9(
        {},
        set(
          0,
          template(256, [
            [1, 0],
            [2, 4],
          ]),
          template(258, [[1, 0]]),
        ),
        set(256, bytes([5, 4])),
      ),
    );
    expect(sink.fields).toEqual([{ packetDeltaCount: 5 }]);
    expect(sink.errors.map((e) => e.code)).toEqual(["template-empty"]);
  });
});

describe("ipfix", () => {
  it("reads enterprise, reverse and variable-length fields", () => {
    const sink = new RecordingSink().decode(IPFIX);
    expect(sink.errors).toEqual([]);
    expect(sink.fields.slice(0, 2)).toEqual([
      {
        sourceIPv6Address: "2001:db8::1",
        flowStartMilliseconds: "2023-11-14T22:13:20.123Z",
        interfaceName: "abc",
        "35632.99": "0xabcdef",
        reverseOctetDeltaCount: 9,
      },
      {
        sourceIPv6Address: "::1",
        flowStartMilliseconds: "2023-11-14T22:13:20.456Z",
        interfaceName: "de",
        "35632.99": "0x000001",
        reverseOctetDeltaCount: 10,
      },
    ]);
    expect(sink.readings[2]).toMatchObject({
      scope: { selectorId: 4 },
      fields: { samplingPacketInterval: 1, samplingPacketSpace: 999 },
    });
  });

  it("reports withdrawals of one, of all, and of all options templates", () => {
    const sink = new RecordingSink().decode(
      ipfix({}, set(2, bytes([300, 2], [0, 2], [2, 2], [0, 2])), set(3, bytes([3, 2], [0, 2]))),
    );
    expect(sink.withdrawals).toEqual([300, 2, 3]);
    expect(sink.errors).toEqual([]);
  });

  it("reports a record that ends outside its set", () => {
    const sink = new RecordingSink().decode(
      ipfix(
        {},
        set(
          2,
          template(300, [
            [82, 65535],
            [4, 1],
          ]),
        ),
        set(300, bytes([255, 1], [60000, 2], [1, 1])),
      ),
    );
    expect(sink.errors.map((e) => e.code)).toEqual(["record-truncated"]);
  });

  it("refuses reserved sets, low template ids and impossible scopes by name", () => {
    const sink = new RecordingSink().decode(
      ipfix(
        {},
        set(9, bytes([1, 4])),
        set(2, template(255, [[4, 1]])),
        set(3, bytes([400, 2], [1, 2], [2, 2], [4, 2], [1, 2])),
      ),
    );
    expect(sink.errors.map((e) => e.code)).toEqual(["set-reserved", "template-id", "scope-invalid"]);
  });
});

describe.each([
  ["v5", V5],
  ["v9", V9],
  ["ipfix", IPFIX],
])("hostile %s", (name, whole) => {
  it("survives a cut at every byte, says so, and keeps what came before", () => {
    const all = new RecordingSink().decode(whole);
    for (let cut = 0; cut < whole.length; cut++) {
      const sink = new RecordingSink().decode(whole.slice(0, cut));
      expect(sink.readings.length).toBeLessThanOrEqual(all.readings.length);
      // A v9 datagram has no length: a cut between sets, or inside padding, cannot be detected.
      if (name !== "v9") expect(sink.errors.length, `cut at ${cut}`).toBeGreaterThan(0);
      expect(sink.fields).toEqual(all.fields.slice(0, sink.fields.length));
    }
  });

  it("survives every 16-bit word set to an extreme", () => {
    for (let at = 2; at + 2 <= whole.length; at++) {
      for (const value of [0, 1, 3, 0x7fff, 0xffff]) {
        const hostile = whole.slice();
        hostile[at] = value >>> 8;
        hostile[at + 1] = value;
        const sink = new RecordingSink().decode(hostile);
        expect(sink.readings.length).toBeLessThanOrEqual(whole.length);
      }
    }
  });

  it("survives random bytes after its header and random changes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 20 }),
        (tail, edits) => {
          new RecordingSink().decode(bytes(whole.slice(0, 24), tail));
          const changed = whole.slice();
          for (const [at, value] of edits) changed[2 + (at % (changed.length - 2))] = value;
          new RecordingSink().decode(changed);
        },
      ),
      { numRuns: 500 },
    );
  });
});

it("counts an unknown version", () => {
  expect(new RecordingSink().decode(bytes([6, 2], [0, 8])).errors).toEqual([{ code: "version-unknown", offset: 0 }]);
  expect(new RecordingSink().decode(new Uint8Array(1)).errors).toEqual([{ code: "header-short", offset: 0 }]);
});
