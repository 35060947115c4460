import { seededRng } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { bytes, RecordingSink } from "../testing/index.ts";

/** A record or a sample: its format and its length before it. */
function part(format: number, ...body: readonly Uint8Array[]): Uint8Array {
  const content = bytes(...body);
  return bytes([format, 4], [content.length, 4], content);
}

const u32 = (...values: readonly number[]): Uint8Array => bytes(...values.map((value) => [value, 4] as const));
const V4 = Uint8Array.of(192, 0, 2, 1);
const V6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

function opaque(content: Uint8Array): Uint8Array {
  return bytes([content.length, 4], content, new Uint8Array((4 - (content.length % 4)) % 4));
}

function datagram(samples: readonly Uint8Array[], agent = V4): Uint8Array {
  return bytes(u32(5, agent.length === 4 ? 1 : 2), agent, u32(7, 99, 60_000, samples.length), ...samples);
}

function flowSample(records: readonly Uint8Array[], { input = 3, output = 4 } = {}): Uint8Array {
  return part(1, u32(10, 0x0100_0005, 512, 1_000_000, 2, input, output, records.length), ...records);
}

/** Ethernet, a tag, IPv4, UDP. */
const FRAME = bytes(
  ...([
    Uint8Array.of(2, 0, 0, 0, 0, 1),
    Uint8Array.of(2, 0, 0, 0, 0, 2),
    [0x8100, 2],
    [0x600a, 2],
    [0x0800, 2],
  ] as const),
  ...([
    [0x45, 1],
    [0xb8, 1],
    [1028, 2],
    [0x1234, 2],
    [0x4000, 2],
    [61, 1],
    [17, 1],
    [0, 2],
  ] as const),
  ...([Uint8Array.of(10, 0, 0, 1), Uint8Array.of(198, 51, 100, 7), [5353, 2], [53, 2], [1008, 2], [0, 2]] as const),
);

function sampledHeader(frame: Uint8Array, length = 1050, protocol = 1): Uint8Array {
  return part(1, u32(protocol, length, 4), opaque(frame));
}

function decoded(...samples: readonly Uint8Array[]): RecordingSink {
  return new RecordingSink().decode(datagram(samples));
}

describe("datagram", () => {
  it.each([V4, V6])("has an agent, a sub-agent, a number and an uptime", (agent) => {
    const sink = new RecordingSink().decode(datagram([], agent));
    expect(sink.headers[0]).toMatchObject({
      domain: 7,
      sequence: 99,
      sysUpTimeMs: 60_000,
      count: 0,
      agentOffset: 8,
      agentLength: agent.length,
    });
    expect(sink.errors).toEqual([]);
  });

  it("a sample of an unknown format, or of another enterprise, hides no other", () => {
    const sink = decoded(part(77, u32(1)), part((4300 << 12) | 1, u32(1)), flowSample([sampledHeader(FRAME)]));
    expect(sink.readings).toHaveLength(1);
    expect(sink.errors).toEqual([]);
    expect(sink.counts).toEqual([undefined, 1, undefined, undefined, 2]);
  });

  it("a sample that is cut is refused, and those before it stay", () => {
    const whole = datagram([flowSample([sampledHeader(FRAME)]), flowSample([sampledHeader(FRAME)])]);
    const sink = new RecordingSink().decode(whole.slice(0, -10));
    expect(sink.readings).toHaveLength(1);
    expect(sink.errors.map(({ code }) => code)).toEqual(["sample-length"]);
  });

  it("a sample that is cut behind a whole record has what that says", () => {
    const router = part(1002, u32(1, 0xcb007101, 24, 16));
    const whole = datagram([flowSample([sampledHeader(FRAME), router])]);
    const keys = { sourceIPv4Address: "10.0.0.1", octetDeltaCount: 1028, samplingInterval: 512 };
    for (let cut = 4; cut <= 4 * 6; cut += 4) {
      const sink = new RecordingSink().decode(whole.slice(0, -cut));
      expect(sink.fields).toEqual([expect.objectContaining(keys)]);
      expect(sink.fields[0]).not.toHaveProperty("ipNextHopIPv4Address");
      expect(sink.errors.map(({ code }) => code)).toContain("sample-length");
    }
    expect(new RecordingSink().decode(whole.slice(0, -28)).readings).toHaveLength(0);
  });

  it("says what is left over and what is missing", () => {
    const one = datagram([flowSample([])]);
    expect(new RecordingSink().decode(bytes(one, u32(0))).errors.map(({ code }) => code)).toEqual(["trailing-bytes"]);
    one[27] = 2;
    expect(new RecordingSink().decode(one).errors.map(({ code }) => code)).toEqual(["count-invalid"]);
  });
});

describe("flow sample", () => {
  it("gives the fields of the sampled packet", () => {
    expect(decoded(flowSample([sampledHeader(FRAME)])).fields).toEqual([
      {
        sampleSequence: 10,
        sourceIdType: 1,
        sourceIdIndex: 5,
        samplingInterval: 512,
        samplePool: 1_000_000,
        sampleDrops: 2,
        packetDeltaCount: 1,
        ingressInterface: 3,
        egressInterface: 4,
        dataLinkFrameSize: 1050,
        headerProtocol: 1,
        destinationMacAddress: "02:00:00:00:00:01",
        sourceMacAddress: "02:00:00:00:00:02",
        ethernetType: 0x8100,
        dot1qVlanId: 10,
        dot1qPriority: 3,
        ipVersion: 4,
        sourceIPv4Address: "10.0.0.1",
        destinationIPv4Address: "198.51.100.7",
        protocolIdentifier: 17,
        ipClassOfService: 0xb8,
        octetDeltaCount: 1028,
        ipTTL: 61,
        totalLengthIPv4: 1028,
        fragmentIdentification: 0x1234,
        ipv4IHL: 5,
        fragmentOffset: 0,
        fragmentFlags: 0x40,
        sourceTransportPort: 5353,
        destinationTransportPort: 53,
        udpMessageLength: 1008,
      },
    ]);
  });

  it("expanded: has whole interface numbers", () => {
    const sample = part(3, u32(1, 0, 0x4b00_0040, 100, 0, 0, 0, 0x4b00_0041, 0, 0x4b00_0042, 0));
    expect(decoded(sample).fields).toEqual([
      expect.objectContaining({
        sourceIdIndex: 0x4b00_0040,
        ingressInterface: 0x4b00_0041,
        egressInterface: 0x4b00_0042,
      }),
    ]);
  });

  it("an output of several interfaces, or a reason for a discard, is no interface", () => {
    const [many] = decoded(flowSample([], { output: 0x8000_0003 })).fields;
    expect(many).toMatchObject({ egressInterfaceCount: 3 });
    const [dropped] = decoded(flowSample([], { output: 0x4000_0102 })).fields;
    expect(dropped).toMatchObject({ dropReason: 258 });
    for (const fields of [many, dropped]) expect(fields).not.toHaveProperty("egressInterface");
  });

  it("IPv6 with an extension header, and ICMPv6", () => {
    const packet = bytes(
      ...([u32(0x6120_0007), [16, 2], [0, 1], [1, 1], V6, V6] as const),
      ...[Uint8Array.of(58, 0, 0, 0, 0, 0, 0, 0), Uint8Array.of(143, 0, 0, 0, 0, 0, 0, 0)],
    );
    const [fields] = decoded(flowSample([sampledHeader(packet, 64, 12)])).fields;
    expect(fields).toMatchObject({
      ...{ ipVersion: 6, protocolIdentifier: 58, nextHeaderIPv6: 0, ipClassOfService: 0x12, flowLabelIPv6: 7 },
      ...{ icmpTypeIPv6: 143, icmpCodeIPv6: 0, octetDeltaCount: 56, payloadLengthIPv6: 16, ipTTL: 1 },
    });
    expect(fields).not.toHaveProperty("sourceTransportPort");
    expect(fields).not.toHaveProperty("sourceMacAddress");
  });

  it("a header that is cut after its addresses keeps them", () => {
    const [fields] = decoded(flowSample([sampledHeader(FRAME.slice(0, 40))])).fields;
    expect(fields).toMatchObject({ sourceIPv4Address: "10.0.0.1", protocolIdentifier: 17 });
    expect(fields).not.toHaveProperty("sourceTransportPort");
  });

  it("no IP: the frame's addresses and type", () => {
    const arp = bytes(FRAME.slice(0, 12), [0x0806, 2], new Uint8Array(28));
    const [fields] = decoded(flowSample([sampledHeader(arp, 64)])).fields;
    expect(fields).toMatchObject({ ethernetType: 0x0806, sourceMacAddress: "02:00:00:00:00:02" });
    expect(fields).not.toHaveProperty("ipVersion");
  });

  it("the agent's own reading of the packet", () => {
    const ipv4 = part(3, u32(1500, 6), V4, Uint8Array.of(203, 0, 113, 9), u32(443, 51_000, 0x12, 8));
    const ethernet = part(
      2,
      u32(1514),
      Uint8Array.of(2, 0, 0, 0, 0, 2, 0, 0),
      Uint8Array.of(2, 0, 0, 0, 0, 1, 0, 0),
      u32(0x800),
    );
    const [fields] = decoded(flowSample([ethernet, ipv4])).fields;
    expect(fields).toMatchObject({
      ...{ sourceIPv4Address: "192.0.2.1", destinationIPv4Address: "203.0.113.9", octetDeltaCount: 1500 },
      ...{ sourceTransportPort: 443, destinationTransportPort: 51_000, tcpControlBits: 0x12, ipClassOfService: 8 },
      ...{ sourceMacAddress: "02:00:00:00:00:02", destinationMacAddress: "02:00:00:00:00:01", ethernetType: 0x800 },
    });
  });

  it.each([[[0, 1]], [[1, 0]]])("the packet's own header is better than the agent's reading, in any order", (order) => {
    const ipv4 = part(3, u32(1028, 17), V4, V4, u32(1, 2, 0, 0));
    const records = [sampledHeader(FRAME), ipv4];
    const [fields] = decoded(flowSample(order.map((i) => records[i]!))).fields;
    expect(fields).toMatchObject({ sourceIPv4Address: "10.0.0.1", sourceTransportPort: 5353 });
  });

  it("extended data", () => {
    const records = [
      part(1001, u32(10, 3, 20, 4)),
      part(1002, u32(1), V4, u32(24, 16)),
      part(
        1003,
        u32(2),
        V6,
        u32(64500, 64501, 64502, 2, 2, 2, 64503, 64504, 1, 1, 64505, 2, 0xfbf4_0001, 0xfbf4_0002, 100),
      ),
      part(1004, u32(106), opaque(new TextEncoder().encode("anna")), u32(106), opaque(new TextEncoder().encode("b"))),
      part(1007, u32(1), V4, u32(1), V4),
      part(1020, u32(1024, 80)),
      part(1030, u32(5000)),
    ];
    expect(decoded(flowSample(records)).fields[0]).toMatchObject({
      ...{ vlanId: 10, srcPriority: 3, postVlanId: 20, dstPriority: 4 },
      ...{ ipNextHopIPv4Address: "192.0.2.1", sourceIPv4PrefixLength: 24, destinationIPv4PrefixLength: 16 },
      ...{ bgpNextHopIPv6Address: "2001:db8::1", bgpRouterAsNumber: 64500, bgpSourceAsNumber: 64501 },
      ...{ bgpPrevAdjacentAsNumber: 64502, bgpNextAdjacentAsNumber: 64503, bgpDestinationAsNumber: 64505 },
      ...{ bgpLocalPreference: 100, bgpCommunities: "0xfbf40001fbf40002" },
      ...{ sourceUser: "anna", destinationUser: "b", ingressVni: 5000 },
      ...{ postNATSourceIPv4Address: "192.0.2.1", postNAPTDestinationTransportPort: 80 },
    });
  });

  it("a VLAN that the agent does not know is absent", () => {
    const [fields] = decoded(flowSample([part(1001, u32(0xffff_ffff, 0, 7, 0))])).fields;
    expect(fields).toMatchObject({ postVlanId: 7 });
    expect(fields).not.toHaveProperty("vlanId");
  });

  it("an empty path to a destination leaves its AS open", () => {
    const [fields] = decoded(flowSample([part(1003, u32(1), V4, u32(64500, 0, 0, 0, 0, 100))])).fields;
    expect(fields).toMatchObject({ bgpRouterAsNumber: 64500, bgpSourceAsNumber: 0 });
    expect(fields).not.toHaveProperty("bgpDestinationAsNumber");
  });

  it("a damaged record hides no other", () => {
    const sink = decoded(
      flowSample([part(1001, u32(1)), part(1003, u32(1), V4, u32(1, 2, 3, 0xffff_ffff)), sampledHeader(FRAME)]),
    );
    expect(sink.errors.map(({ code }) => code)).toEqual(["sample-record", "sample-record"]);
    expect(sink.fields[0]).toMatchObject({ sourceIPv4Address: "10.0.0.1" });
  });

  it("a damaged record takes nothing over from its sample's other records, nor more than a record holds", () => {
    const user = (name: Uint8Array): Uint8Array => part(1004, u32(0), opaque(name), u32(0), opaque(name.slice(0, 4)));
    const route = (hop: Uint8Array, ases: readonly number[]): Uint8Array =>
      part(1003, u32(hop.length === 4 ? 1 : 2), hop, u32(1, 2, 3, 1, 2, ases.length, ...ases, 0, 100));
    const long = Array.from({ length: 400 }, (_, i) => i);
    const sink = decoded(
      flowSample([user(new Uint8Array(8).fill(65)), user(new Uint8Array(30_000).fill(66))]),
      flowSample([route(V4, [7]), route(V6, long)]),
      flowSample([route(V6, [7]), route(V4, [8])]),
      flowSample([part(1002, u32(1), V4, u32(24, 16)), part(1002, u32(2), V6, u32(48, 32))]),
      flowSample([]),
    );
    expect(sink.errors.map(({ code }) => code)).toEqual(["sample-record", "sample-record"]);
    const [named, cut, routed, next] = sink.fields;
    expect(sink.fields).toHaveLength(5);
    expect(named).not.toHaveProperty("sourceUser");
    expect(cut).not.toHaveProperty("bgpAsPath");
    expect(routed).toMatchObject({ bgpNextHopIPv4Address: "192.0.2.1", bgpDestinationAsNumber: 8 });
    expect(routed).not.toHaveProperty("bgpNextHopIPv6Address");
    expect(next).toMatchObject({ ipNextHopIPv6Address: "2001:db8::1", sourceIPv6PrefixLength: 48 });
    expect(next).not.toHaveProperty("ipNextHopIPv4Address");
  });

  it("of two headers the last counts, with nothing of the first", () => {
    const inner = bytes(u32(0x6000_0000), [4, 2], [59, 1], [1, 1], V6, V6, u32(0));
    const [fields] = decoded(flowSample([sampledHeader(FRAME), sampledHeader(inner, 48, 12)])).fields;
    expect(fields).toMatchObject({ ipVersion: 6, protocolIdentifier: 59, payloadLengthIPv6: 4 });
    for (const name of ["totalLengthIPv4", "udpMessageLength", "sourceTransportPort"])
      expect(fields).not.toHaveProperty(name);
  });

  it.each([[[0, 1]], [[1, 0]]])("a header that is not read leaves the agent's reading, in any order", (order) => {
    const records = [sampledHeader(new Uint8Array(8), 64, 7), part(3, u32(1028, 17), V4, V4, u32(1, 2, 0, 0))];
    const [fields] = decoded(flowSample(order.map((i) => records[i]!))).fields;
    expect(fields).toMatchObject({ sourceIPv4Address: "192.0.2.1", sourceTransportPort: 1, headerProtocol: 7 });
  });

  it("samples of several kinds in one datagram stay in order", () => {
    const plain = flowSample([sampledHeader(FRAME)]);
    const routed = flowSample([sampledHeader(FRAME), part(1002, u32(1), V4, u32(24, 16))]);
    const { fields } = decoded(...Array.from({ length: 12 }, () => plain), routed, plain);
    expect(fields).toHaveLength(14);
    expect(fields.map((each) => "ipNextHopIPv4Address" in each).indexOf(true)).toBe(12);
  });
});

it("a discarded packet is no flow", () => {
  const sample = part(5, u32(2, 0, 1, 256, 1, 2, 258, 2), part(1036, u32(42)), sampledHeader(FRAME));
  const sink = decoded(sample);
  expect(sink.readings).toEqual([]);
  expect(sink.discarded[0]!.fields).toMatchObject({
    ...{ drops: 256, dropReason: 258, egressQueue: 42, sourceIPv4Address: "10.0.0.1" },
  });
});

it("counters of one sample are one record", () => {
  const name = part(1005, opaque(new TextEncoder().encode("eth0")));
  const generic = part(1, u32(3, 6, 0, 1_000_000_000, 1, 3, 1, 2, ...Array.from({ length: 14 }, (_, i) => i)));
  const sink = decoded(part(2, u32(8, 3, 3), generic, name, part(2001, u32(1))));
  expect(sink.samples.map(({ fields }) => fields)).toEqual([
    expect.objectContaining({ ifIndex: 3, ifSpeed: 1_000_000_000, ifInOctets: 4_294_967_298, portName: "eth0" }),
  ]);
  expect(sink.counts).toEqual([undefined, undefined, 1, undefined, undefined, 1]);
});

describe("hostile", () => {
  const records = [
    ...[sampledHeader(FRAME), part(1001, u32(1, 2, 3, 4)), part(1002, u32(2), V6, u32(48, 32))],
    part(1003, u32(1), V4, u32(1, 2, 3, 1, 2, 1, 9, 0, 100)),
    part(1004, u32(0), opaque(new TextEncoder().encode("user")), u32(0), opaque(new Uint8Array(0))),
  ];
  const whole = datagram([flowSample(records), part(2, u32(1, 2, 1), part(1, new Uint8Array(88)))]);

  it("cut at every byte: reads nothing outside", () => {
    const readings = Array.from({ length: whole.length + 1 }, (_, end) =>
      new RecordingSink().decode(whole.slice(0, end)),
    );
    expect(readings.at(-1)!.errors).toEqual([]);
    // The first bytes alone are no sFlow, or a header that is cut; after them a count that nothing follows, or a cut.
    for (const { errors } of readings.slice(0, -1)) expect(errors).toHaveLength(1);
  });

  it("5,000 mutations: never throws, reads nothing outside", () => {
    const rng = seededRng(7);
    const below = (limit: number): number => rng.u32() % limit;
    for (let round = 0; round < 5_000; round++) {
      const mutated = whole.slice();
      for (let i = 1 + below(4); i > 0; i--) mutated[8 + below(mutated.length - 8)] = below(256);
      expect(() => new RecordingSink().decode(mutated)).not.toThrow();
    }
  });

  it("layouts: few for a datagram, and not all of them kept; keys of flows are in every record", () => {
    const extras = [
      ...[part(1001, u32(1, 0, 5000, 0)), part(1036, u32(1)), part(1002, u32(1), V4, u32(24, 16))],
      ...[part(1023, new Uint8Array(32)), part(1025, new Uint8Array(56)), part(1029, u32(1))],
    ];
    const more = [part(1012, u32(0)), part(1038, u32(0)), part(1008, u32(0, 0, 0)), part(1009, u32(0, 0, 0))];
    const optional = [...extras, ...more, part(1005, u32(0, 0, 0))];
    const layouts = new Set<unknown>();
    let least = Infinity;
    for (let first = 0; first < 2 ** optional.length; first += 64) {
      const samples = Array.from({ length: 64 }, (_, i) => {
        const set = optional.filter((_each, bit) => (((first + i) >> bit) & 1) === 1);
        return flowSample([sampledHeader(FRAME), ...set]);
      });
      const before = layouts.size;
      const sink = new RecordingSink();
      const { flows } = sink;
      sink.flows = (layout, ...rest) => {
        layouts.add(layout);
        flows.call(sink, layout, ...rest);
      };
      sink.decode(datagram(samples));
      // 32 new ones, that of the essential groups, and a few that the tests above have made.
      expect(layouts.size - before).toBeLessThanOrEqual(40);
      expect(sink.errors).toEqual([]);
      expect(sink.fields).toHaveLength(64);
      for (const fields of sink.fields) {
        expect(fields).toMatchObject({
          sourceIPv4Address: "10.0.0.1",
          sourceTransportPort: 5353,
          samplingInterval: 512,
        });
        least = Math.min(least, Object.keys(fields).length);
      }
    }
    expect(layouts.size).toBeGreaterThan(512);
    expect(least).toBeLessThan(20);
  });

  it("counts of records and samples beyond the datagram cost nothing", () => {
    const huge = whole.slice();
    huge.set([0xff, 0xff, 0xff, 0xff], 24);
    const sink = new RecordingSink().decode(huge);
    expect(sink.errors.map(({ code }) => code)).toEqual(["count-invalid"]);
  });
});
