import { fromHex } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { parseAsTable } from "../../as-table.ts";
import { staticRoutes } from "@ngflow/os";
import { type Captured, ether, type Fields, ip4, ip6, Metering, tcp, udp } from "../../testing/metering.ts";

const IPV4 = "0800";
const IPV6 = "86dd";
const PACKET = ip4(17, udp(4000, 53));
const PACKET6 = ip6(17, udp(4000, 53));
const HOOKS = ["export9", "export10"] as const;

/** The flows of a few frames with a choice of fields. */
function flowsOf(hook: (typeof HOOKS)[number], names: string, frames: readonly Captured[]): readonly Fields[] {
  const metering = new Metering([hook]);
  expect(metering.engine.setFields(names)).toBe(true);
  metering.meter(frames);
  return metering.end(hook).flows;
}

const VXLAN = "0800000000abcd00";

describe.each(HOOKS)("optional fields on %s", (hook) => {
  it.each([
    [
      "MAC addresses",
      "mac",
      { bytes: ether(IPV4, PACKET) },
      { sourceMacAddress: "02:00:00:00:00:01", destinationMacAddress: "02:00:00:00:00:02" },
    ],
    [
      "a VLAN tag",
      "vlan",
      { bytes: ether("8100a0650800", PACKET) },
      { vlanId: 101, dot1qVlanId: 101, dot1qCustomerVlanId: 0 },
    ],
    [
      "QinQ",
      "vlan",
      { bytes: ether("88a80064810000650800", PACKET) },
      { vlanId: 100, dot1qVlanId: 100, dot1qCustomerVlanId: 101 },
    ],
    [
      "a tag that the kernel took out",
      "vlan",
      { bytes: ether("810000650800", PACKET), vlanTag: 0x2064 },
      { vlanId: 100, dot1qVlanId: 100, dot1qCustomerVlanId: 101 },
    ],
    ["no tag", "vlan", { bytes: ether(IPV6, PACKET6) }, { vlanId: 0, dot1qVlanId: 0, dot1qCustomerVlanId: 0 }],
    [
      "MPLS labels, of more than three the upper ones",
      "mpls",
      { bytes: ether("884700010040000200400003004000040140", PACKET) },
      { mplsTopLabelStackSection: "0x000100", mplsLabelStackSection2: "0x000200", mplsLabelStackSection3: "0x000300" },
    ],
    [
      "the IPv6 flow label and traffic class",
      "label",
      { bytes: ether(IPV6, PACKET6) },
      { flowLabelIPv6: 0x12345, ipClassOfService: 0xab },
    ],
    [
      "GRE",
      "tunnel",
      { bytes: ether(IPV4, ip4(47, "00000800" + ip4(6, tcp(1, 2, 2), "0a000001", "0a000002"))) },
      {
        sourceIPv4Address: "10.0.0.1",
        destinationIPv4Address: "10.0.0.2",
        protocolIdentifier: 6,
        octetDeltaCount: 40,
        sourceTransportPort: 1,
      },
    ],
    [
      "GRE with key and checksum over IPv6, Ethernet inside (NVGRE)",
      "tunnel",
      {
        bytes: ether(IPV6, ip6(47, "a000655800000000001234000200000000040200000000030800" + PACKET)),
      },
      {
        sourceIPv4Address: "192.168.1.1",
        protocolIdentifier: 17,
        octetDeltaCount: 36,
        layer2SegmentId: "144115188075860532",
      },
    ],
    [
      "VXLAN",
      "tunnel",
      { bytes: ether(IPV4, ip4(17, udp(50000, 4789, VXLAN + "020000000004020000000003" + IPV6 + PACKET6))) },
      { sourceIPv6Address: "2001:db8::1", octetDeltaCount: 56, layer2SegmentId: "72057594037971917" },
    ],
    [
      "IP in IP",
      "tunnel",
      { bytes: ether(IPV4, ip4(4, ip4(1, "0800f7ff00000000", "0a000001", "0a000002"))) },
      { sourceIPv4Address: "10.0.0.1", protocolIdentifier: 1, octetDeltaCount: 28 },
    ],
    [
      "IPv6 in IPv4",
      "tunnel",
      { bytes: ether(IPV4, ip4(41, PACKET6)) },
      { sourceIPv6Address: "2001:db8::1", octetDeltaCount: 56 },
    ],
    [
      "a tunnel in a tunnel",
      "tunnel",
      { bytes: ether(IPV4, ip4(4, ip4(47, "00000800" + ip4(6, tcp(9, 8, 2), "0a000001", "0a000002")))) },
      { sourceIPv4Address: "10.0.0.1", sourceTransportPort: 9 },
    ],
    [
      "a tunnel whose inner packet is cut: the outer one",
      "tunnel",
      {
        bytes: ether(IPV4, ip4(47, "00000800" + ip4(6, tcp(1, 2, 2), "0a000001", "0a000002"))).subarray(
          0,
          14 + 24 + 25,
        ),
      },
      { sourceIPv4Address: "192.168.1.1", protocolIdentifier: 47, octetDeltaCount: 64 },
    ],
    [
      "a tunnel that was not asked about",
      "mac",
      { bytes: ether(IPV4, ip4(4, PACKET)) },
      { protocolIdentifier: 4, octetDeltaCount: 56 },
    ],
  ] as const)("%s", (_name, names, frame, expected) => {
    expect(flowsOf(hook, names, [frame])).toMatchObject([expected]);
  });

  it("has all of them in one record, for both families", () => {
    const flows = flowsOf(hook, "mac,vlan mpls label, tunnel", [
      { bytes: ether("8100006588470001f140", PACKET) },
      { bytes: ether("8100006688470002f140", PACKET6) },
    ]);
    const both = { sourceMacAddress: "02:00:00:00:00:01", layer2SegmentId: 0, packetDeltaCount: 1 };
    expect(flows).toMatchObject([
      { ...both, sourceIPv4Address: "192.168.1.1", vlanId: 101, mplsTopLabelStackSection: "0x0001f1" },
      {
        ...both,
        sourceIPv6Address: "2001:db8::1",
        vlanId: 102,
        mplsTopLabelStackSection: "0x0002f1",
        flowLabelIPv6: 0x12345,
      },
    ]);
  });

  it("takes them from the first packet of a flow, and again when the flow goes on after its active timeout", () => {
    const metering = new Metering([hook], { key: "" });
    metering.engine.setFields("vlan");
    metering.engine.setTimeouts(15, 20);
    const tagged = (tag: string, atMs: number): Captured => ({ bytes: ether(`8100${tag}0800`, PACKET), atMs });
    metering.meter([tagged("0001", 0), tagged("0002", 10_000), tagged("0003", 20_001), tagged("0004", 25_000)]);
    expect(metering.end(hook).flows).toMatchObject([
      { vlanId: 1, packetDeltaCount: 2 },
      { vlanId: 3, packetDeltaCount: 2 },
    ]);
  });

  it("changes the choice: cached flows leave with the old templates, later ones with templates of their own", () => {
    const metering = new Metering([hook]);
    metering.meter([{ bytes: ether(IPV4, PACKET) }]);
    metering.engine.setFields("mac");
    metering.meter([{ bytes: ether(IPV4, PACKET) }]);
    metering.engine.setFields("");
    metering.meter([{ bytes: ether(IPV4, PACKET) }]);
    const { flows } = metering.end(hook);
    expect(flows.map((flow) => flow["sourceMacAddress"])).toEqual([undefined, "02:00:00:00:00:01", undefined]);
  });

  it("gives fragments the ports of their first one, for as long as a datagram is put together", () => {
    const first = ip4(17, udp(4000, 53), undefined, undefined, 0x2000);
    const later = ip4(17, "00".repeat(16), undefined, undefined, 2);
    const foreign = ip4(17, "00".repeat(16), "0a000001", undefined, 2);
    const metering = new Metering([hook]);
    metering.engine.setTimeouts(100, 1000);
    metering.meter(
      [first, later, foreign]
        .map((packet) => ({ bytes: ether(IPV4, packet) }))
        .concat([{ bytes: ether(IPV4, later), atMs: 31_000 } as Captured & { bytes: Uint8Array<ArrayBuffer> }]),
    );
    expect(
      metering
        .end(hook)
        .flows.map((flow) => [flow["sourceIPv4Address"], flow["sourceTransportPort"], flow["packetDeltaCount"]]),
    ).toEqual([
      ["192.168.1.1", 4000, 2],
      ["10.0.0.1", 0, 1],
      ["192.168.1.1", 0, 1],
    ]);
    expect(metering.engine.counters()).toMatchObject({ fragmentsWithPorts: 1, fragmentsWithoutPorts: 2 });
  });
});

it("refuses names that are none, and leaves the choice as it is", () => {
  const metering = new Metering(["export10"]);
  metering.engine.setFields("mac");
  expect(metering.engine.setFields("mac,colour")).toBe(false);
  metering.meter([{ bytes: ether(IPV4, PACKET) }]);
  expect(metering.end("export10").flows[0]).toHaveProperty("sourceMacAddress");
});

describe("routes and autonomous systems", () => {
  const address = (...bytes: number[]): Uint8Array => Uint8Array.of(...bytes);
  const db8 = fromHex("20010db8000000000000000000000000");
  const routes = staticRoutes([
    { family: 4, prefix: address(192, 168, 1, 0), prefixLength: 24, interfaceIndex: 5 },
    { family: 4, prefix: address(192, 168, 1, 2), prefixLength: 31, interfaceIndex: 6, gateway: address(10, 0, 0, 9) },
    { family: 6, prefix: db8, prefixLength: 32, interfaceIndex: 7, gateway: db8.with(15, 0x99) },
  ]);
  const asTable = parseAsTable("192.168.1.0/30,64500\n192.168.1.2/32,4200000000\n2001:db8::/64,64501\n", "as");
  const frames = [{ bytes: ether(IPV4, PACKET) }, { bytes: ether(IPV6, PACKET6) }];
  const IPV4_FACTS = {
    ipNextHopIPv4Address: "10.0.0.9",
    destinationIPv4PrefixLength: 31,
    sourceIPv4PrefixLength: 24,
    egressInterface: 6,
  };

  it.each(HOOKS)("are in the records of %s", (hook) => {
    const metering = new Metering([hook], { routes, asTable });
    metering.meter(frames);
    expect(metering.end(hook).flows).toMatchObject([
      { ...IPV4_FACTS, bgpSourceAsNumber: 64500, bgpDestinationAsNumber: 4200000000 },
      {
        ipNextHopIPv6Address: "2001:db8::99",
        destinationIPv6PrefixLength: 32,
        sourceIPv6PrefixLength: 32,
        egressInterface: 7,
        bgpSourceAsNumber: 64501,
        bgpDestinationAsNumber: 64501,
      },
    ]);
  });

  it("are in v5, where AS_TRANS stands for numbers of more than 16 bits", () => {
    const metering = new Metering(["export"], { routes, asTable });
    metering.meter(frames);
    expect(metering.end("export").flows).toMatchObject([
      { ...IPV4_FACTS, bgpSourceAsNumber: 64500, bgpDestinationAsNumber: 23456 },
    ]);
  });

  it("are looked up as the conf bits say, and the index that setifindex gave goes first", () => {
    const metering = new Metering(["export10"], { routes, asTable });
    metering.meter([frames[0]!], { conf: 0x11 });
    expect(metering.end("export10").flows).toMatchObject([{ ...IPV4_FACTS, sourceIPv4PrefixLength: 0 }]);
    const other = new Metering(["export10"], { routes });
    other.meter([frames[0]!], { conf: 0x22, direction: 1, ifIndex: 12 });
    const facts = { ipNextHopIPv4Address: "0.0.0.0", destinationIPv4PrefixLength: 0, sourceIPv4PrefixLength: 24 };
    const [flow] = other.end("export10").flows;
    expect(flow).toMatchObject({ ...facts, egressInterface: 12 });
    expect(flow).not.toHaveProperty("bgpSourceAsNumber");
  });

  it("follow the direction of a record of two directions", () => {
    for (const [source, destination, from, to] of [
      ["c0a80101", "c0a80102", 64500, 4200000000],
      ["c0a80102", "c0a80101", 4200000000, 64500],
    ] as const) {
      const metering = new Metering(["export10", "export9"], { routes, asTable });
      metering.engine.setFields("biflow");
      metering.meter([
        { bytes: ether(IPV4, ip4(6, tcp(1, 2, 0x10), source, destination)) },
        { bytes: ether(IPV4, ip4(6, tcp(2, 1, 0x10), destination, source)) },
      ]);
      expect(metering.end("export10").flows).toMatchObject([
        { bgpSourceAsNumber: from, bgpDestinationAsNumber: to, packetDeltaCount: 1, reversePacketDeltaCount: 1 },
      ]);
    }
  });
});
