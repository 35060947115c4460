import { fromHex, toHex, u16le } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAsTable } from "../as-table.ts";
import { KEY_PARTS } from "../key-parts.ts";
import { type Captured, ether, type Fields, ip4, ip6, Metering, tcp, udp } from "../testing/metering.ts";
import { frameArbitrary } from "../testing/rich-frames.ts";
import { FIELD_GROUPS } from "./fields/field-groups.ts";

const IPV4 = "0800";
const IPV6 = "86dd";
const HOOKS = ["export", "export9", "export10"] as const;
/** Where packets are metered: by TypeScript; parsed by TypeScript; all in the WebAssembly meter. */
const PATHS = [
  ["TypeScript", 1000, false],
  ["the WebAssembly meter", 16_384, false],
  ["the WebAssembly meter, parsed there", 16_384, true],
] as const;

/** An arbitrary frame in VLANs, and what its flow is by the definition. */
interface Tagged {
  readonly frame: Captured;
  readonly version: 4 | 6;
  readonly port: number;
  readonly outer: number;
  readonly inner: number;
}

const hex16 = (value: number): string => value.toString(16).padStart(4, "0");

/** Up to three tags of any kind and priority (VID 0: a priority tag), the outermost perhaps taken out by the kernel. */
const taggedArbitrary: fc.Arbitrary<Tagged> = fc
  .record({
    version: fc.constantFrom<4 | 6>(4, 4, 6),
    port: fc.integer({ min: 1, max: 3 }),
    tags: fc.array(
      fc.record({
        type: fc.constantFrom("8100", "88a8", "9100", "9200"),
        vid: fc.constantFrom(0, 1, 10, 20, 4095),
        priority: fc.nat(15),
      }),
      { maxLength: 3 },
    ),
    stripped: fc.boolean(),
    protocol: fc.constantFrom("udp", "tcp", "icmp", "fin"),
  })
  .map(({ version, port, tags, stripped, protocol }) => {
    const present = stripped ? tags.slice(1) : tags;
    const types = present.map(({ type, vid, priority }) => type + hex16((priority << 12) | vid)).join("");
    const flags = protocol === "fin" ? 0x11 : 0x10;
    const [number, payload] =
      protocol === "udp"
        ? [17, udp(port, 53)]
        : protocol === "icmp"
          ? [version === 4 ? 1 : 58, `08${hex16(port).slice(2)}f7ff00000000`]
          : [6, tcp(port, 80, flags)];
    const bytes = version === 4 ? ether(types + IPV4, ip4(number, payload)) : ether(types + IPV6, ip6(number, payload));
    const first = tags[0];
    const vlanTag = stripped && first !== undefined ? 0x10000 | (first.priority << 12) | first.vid : 0;
    return {
      frame: { bytes, vlanTag },
      version,
      port: number * 1000 + port,
      outer: first?.vid ?? 0,
      inner: tags[1]?.vid ?? 0,
    };
  });

const traceArbitrary = fc.array(taggedArbitrary, { minLength: 1, maxLength: 60 });

/** Packets by flow, ends by FIN left out of the count of records: [family, protocol and port, VLANs] to packets. */
function expected(trace: readonly Tagged[]): Map<string, number> {
  const flows = new Map<string, number>();
  for (const { version, port, outer, inner } of trace) {
    const key = `${version} ${port} ${outer}.${inner}`;
    flows.set(key, (flows.get(key) ?? 0) + 1);
  }
  return flows;
}

function found(flows: readonly Fields[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const flow of flows) {
    const version = flow["sourceIPv4Address"] === undefined ? 6 : 4;
    const protocol = Number(flow["protocolIdentifier"]);
    const icmp = Number(flow["icmpTypeCodeIPv4"] ?? 0) || Number(flow["icmpTypeCodeIPv6"] ?? 0);
    const port =
      protocol * 1000 + (protocol === 1 || protocol === 58 ? icmp & 0xff : Number(flow["sourceTransportPort"]));
    expect(flow["vlanId"]).toBe(flow["dot1qVlanId"]);
    const key = `${version} ${port} ${Number(flow["dot1qVlanId"] ?? 0)}.${Number(flow["dot1qCustomerVlanId"] ?? 0)}`;
    sums.set(key, (sums.get(key) ?? 0) + Number(flow["packetDeltaCount"]));
  }
  return sums;
}

describe.each(PATHS)("VLANs in the key: %s", (_name, maxFlows, inWindow) => {
  it.each(["export9", "export10"] as const)("%s: packets of each pair of VLANs are flows of their own", (hook) => {
    fc.assert(
      fc.property(traceArbitrary, fc.constantFrom("", "vlan", "mac", "biflow"), (trace, fields) => {
        const metering = new Metering([hook], { maxFlows }, inWindow);
        metering.engine.setFields(fields);
        metering.meter(trace.map(({ frame }) => frame));
        expect(found(metering.end(hook).flows)).toEqual(expected(trace));
      }),
      { numRuns: maxFlows === 1000 ? 100 : 30 },
    );
  });

  it("a 5-tuple in VLAN 10 and in VLAN 20 is two flows, in v5 too; without the part it is one", () => {
    const frames = ["8100000a0800", "810000140800", "8100a00a0800"].map((types) => ({
      bytes: ether(types, ip4(17, udp(1, 2))),
    }));
    for (const [key, counts] of [
      ["vlan", [2, 1]],
      ["", [3]],
    ] as const) {
      for (const hook of HOOKS) {
        const metering = new Metering([hook], { maxFlows, key }, inWindow);
        metering.meter(frames);
        expect(metering.end(hook).flows.map((flow) => flow["packetDeltaCount"])).toEqual(counts);
      }
    }
  });

  it("a priority tag is no VLAN, and its flow is that of frames without a tag", () => {
    const frames = ["0800", "8100e0000800", "88a80000810000000800"].map((types) => ({
      bytes: ether(types, ip4(17, udp(1, 2))),
    }));
    const metering = new Metering(["export10"], { maxFlows }, inWindow);
    metering.meter(frames);
    const { flows } = metering.end("export10");
    expect(flows).toMatchObject([{ packetDeltaCount: 3 }]);
    expect(flows[0]).not.toHaveProperty("vlanId");
  });

  it("keeps fragments of VLANs apart", () => {
    const first = (vlan: string, port: number): Captured => ({
      bytes: ether(`8100${vlan}0800`, ip4(17, udp(port, 53), undefined, undefined, 0x2000)),
    });
    const later = (vlan: string): Captured => ({
      bytes: ether(`8100${vlan}0800`, ip4(17, "00".repeat(16), undefined, undefined, 2)),
    });
    const metering = new Metering(["export10"], { maxFlows }, inWindow);
    metering.meter([first("000a", 1), first("0014", 2), later("000a"), later("0014"), later("001e")]);
    expect(
      metering.end("export10").flows.map((f) => [f["dot1qVlanId"], f["sourceTransportPort"], f["packetDeltaCount"]]),
    ).toEqual([
      [10, 1, 2],
      [20, 2, 2],
      [30, 0, 1],
    ]);
  });
});

describe("the records of flows with a tag", () => {
  it("leave those without one and their templates as they are", () => {
    const plain = { bytes: ether(IPV4, ip4(17, udp(1, 2))) };
    const run = (key: string): string[] => {
      const metering = new Metering(["export9"], { key });
      metering.meter([plain]);
      return metering.end("export9").datagrams.map((datagram) => toHex(datagram));
    };
    expect(run("vlan")).toEqual(run(""));
  });

  it("bring their templates with them, once, whatever the mtu", () => {
    for (const mtu of [24, 300, 1500]) {
      for (const hook of ["export9", "export10"] as const) {
        const metering = new Metering([hook]);
        metering.engine.setMtu(mtu);
        metering.engine.setFields("biflow");
        const frames = Array.from({ length: 40 }, (_, i) => ({
          bytes: ether(i % 3 === 0 ? "8100000a0800" : IPV4, ip4(17, udp(i, 2))),
        }));
        metering.meter(frames);
        const { flows } = metering.end(hook);
        expect(flows).toHaveLength(40);
        expect(flows.filter((flow) => flow["dot1qVlanId"] === 10)).toHaveLength(14);
      }
    }
  });

  it("have the VLANs after the fields of routes and autonomous systems, as in ngflow graph", () => {
    const asTable = parseAsTable("192.168.1.0/24,64500\n", "as");
    const metering = new Metering(["export10"], { asTable });
    metering.meter([{ bytes: ether("8100000a0800", ip4(17, udp(1, 2))) }, { bytes: ether(IPV4, ip4(17, udp(1, 2))) }]);
    const { flows } = metering.end("export10");
    expect(flows).toMatchObject([{ bgpSourceAsNumber: 64500, dot1qVlanId: 10 }, { bgpSourceAsNumber: 64500 }]);
  });

  it("are told apart by show", () => {
    const metering = new Metering(["export10"]);
    metering.meter([{ bytes: ether("88a8000a810000140800", ip4(17, udp(1, 2))) }]);
    const reply = metering.engine.show(Uint8Array.of(4, ...Array.from({ length: 15 }, () => 0)))!;
    expect([u16le(reply, 16 + 2), u16le(reply, 16 + 6)]).toEqual([10, 20]);
  });
});

const VXLAN = (id: string): string => `08000000${id}00`;
const inVxlan = (id: string, inner: string): Uint8Array =>
  ether(IPV4, ip4(17, udp(50000, 4789, VXLAN(id) + "020000000004020000000003" + IPV4 + inner)));
const withMacs = (macs: string): Uint8Array => {
  const frame = ether(IPV4, ip4(17, udp(1, 2)));
  frame.set(fromHex(macs), 0);
  return frame;
};

describe.each([
  ["small cache", 1000],
  ["large cache", 16_384],
])("parts of the key by choice: %s", (_name, maxFlows) => {
  const PACKET = ip4(17, udp(1, 2));
  it.each([
    [
      "MAC addresses",
      "mac",
      [
        withMacs("020000000002020000000001"),
        withMacs("020000000002020000000009"),
        withMacs("020000000008020000000001"),
      ],
    ],
    ["MPLS labels", "mpls", [ether("884700010140", PACKET), ether("884700020140", PACKET), ether(IPV4, PACKET)]],
    [
      "the stack of MPLS labels",
      "mpls",
      [
        ether("884700010040000201400000".slice(0, 20), PACKET),
        ether("884700010040000301400000".slice(0, 20), PACKET),
        ether("884700010140", PACKET),
      ],
    ],
    ["tunnel identifiers", "tunnel", [inVxlan("00000a", PACKET), inVxlan("00000b", PACKET), ether(IPV4, PACKET)]],
  ] as const)("%s", (_part, key, frames) => {
    const captured = [...frames, ...frames].map((bytes) => ({ bytes }));
    for (const [choice, counts] of [
      [key, [2, 2, 2]],
      ["", key === "tunnel" ? [4, 2] : [6]],
    ] as const) {
      const metering = new Metering(["export10"], { maxFlows });
      expect(metering.engine.setKey(choice)).toBe(true);
      metering.meter(captured);
      expect(metering.end("export10").flows.map((flow) => flow["packetDeltaCount"])).toEqual(counts);
    }
  });

  it("the record has them", () => {
    const metering = new Metering(["export10"], { maxFlows, key: "mac,mpls,tunnel,vlan" });
    metering.meter([{ bytes: ether("8100000a884700010140", PACKET) }]);
    expect(metering.end("export10").flows).toMatchObject([
      {
        sourceMacAddress: "02:00:00:00:00:01",
        mplsTopLabelStackSection: "0x000101",
        layer2SegmentId: 0,
        dot1qVlanId: 10,
      },
    ]);
  });

  it("inner VLANs of a tunnel are not those of the frame", () => {
    const frame = (outer: string, inner: string): Captured => ({
      bytes: ether(
        outer + IPV4,
        ip4(17, udp(50000, 4789, `${VXLAN("00000a")}020000000004020000000003${inner}${IPV4}${PACKET}`)),
      ),
    });
    const metering = new Metering(["export10"], { maxFlows });
    metering.engine.setFields("tunnel");
    metering.meter([frame("8100000a", ""), frame("8100000a", "81000014"), frame("", "81000014")]);
    expect(metering.end("export10").flows.map((flow) => [flow["dot1qVlanId"], flow["packetDeltaCount"]])).toEqual([
      [10, 2],
      [undefined, 1],
    ]);
  });

  it("both directions of a conversation are one record, with MAC addresses in the key", () => {
    const there = ether("8100000a0800", ip4(6, tcp(1, 2, 0x10)));
    const back = ether("8100000a0800", ip4(6, tcp(2, 1, 0x10), "c0a80102", "c0a80101"));
    back.set(fromHex("020000000001020000000002"), 0);
    const foreign = back.slice();
    foreign.set(fromHex("020000000009"), 0);
    const metering = new Metering(["export10"], { maxFlows, key: "vlan,mac" });
    metering.engine.setFields("biflow");
    metering.meter([{ bytes: there }, { bytes: back }, { bytes: foreign }]);
    expect(
      metering
        .end("export10")
        .flows.map((f) => [f["packetDeltaCount"], f["reversePacketDeltaCount"], f["dot1qVlanId"]]),
    ).toEqual([
      [1, 1, 10],
      [1, undefined, 10],
    ]);
  });
});

it("refuses a key of unknown parts, and leaves it as it is", () => {
  const metering = new Metering(["export10"]);
  expect(metering.engine.setKey("vlan,colour")).toBe(false);
  metering.meter(["000a", "0014"].map((vlan) => ({ bytes: ether(`8100${vlan}0800`, ip4(17, udp(1, 2))) })));
  expect(metering.end("export10").flows).toHaveLength(2);
});

it("a change of the key exports cached flows", () => {
  const metering = new Metering(["export10"]);
  const frame = { bytes: ether("8100000a0800", ip4(17, udp(1, 2))) };
  for (const key of ["", "vlan", "mac"]) {
    metering.meter([frame]);
    expect(metering.engine.setKey(key)).toBe(true);
  }
  metering.meter([frame]);
  const { flows } = metering.end("export10");
  expect(flows.map((flow) => [flow["dot1qVlanId"], flow["sourceMacAddress"]])).toEqual([
    [10, undefined],
    [undefined, undefined],
    [10, undefined],
    [undefined, "02:00:00:00:00:01"],
  ]);
});

describe("every choice of key and fields", () => {
  const runArbitrary = fc.record({
    frames: fc.array(fc.tuple(frameArbitrary, fc.constantFrom(0, 0, 0, 0x10000, 0x1000a, 0x1e014)), {
      minLength: 1,
      maxLength: 80,
    }),
    key: fc.subarray([...KEY_PARTS]),
    fields: fc.subarray([...FIELD_GROUPS]),
    hook: fc.constantFrom(...HOOKS),
    piece: fc.integer({ min: 1, max: 50 }),
  });

  it("conserves packets and bytes, and is the same in TypeScript and in the WebAssembly meter", () => {
    fc.assert(
      fc.property(runArbitrary, ({ frames, key, fields, hook, piece }) => {
        const outcomes = PATHS.map(([, maxFlows, inWindow]) => {
          const metering = new Metering([hook], { maxFlows, key: key.join(",") }, inWindow);
          const { engine } = metering;
          engine.setFields(fields.join(","));
          for (let i = 0; i < frames.length; i += piece) {
            metering.meter(frames.slice(i, i + piece).map(([bytes, vlanTag], n) => ({ bytes, vlanTag, atMs: i + n })));
          }
          const { flows, datagrams } = metering.end(hook);
          const info = engine.info();
          const sum = (...names: string[]): number =>
            flows.reduce((total, flow) => names.reduce((n, name) => n + Number(flow[name] ?? 0), total), 0);
          const v5 = hook === "export";
          expect(sum("packetDeltaCount", "reversePacketDeltaCount")).toBe(
            info.ipv4Packets + (v5 ? 0 : info.ipv6Packets),
          );
          expect(sum("octetDeltaCount", "reverseOctetDeltaCount")).toBe(info.ipv4Bytes + (v5 ? 0 : info.ipv6Bytes));
          return [datagrams.map((datagram) => toHex(datagram)), { ...engine.counters(), flowsMax: 0 }];
        });
        expect(outcomes[1]).toEqual(outcomes[0]);
        expect(outcomes[2]).toEqual(outcomes[0]);
      }),
      { numRuns: 150 },
    );
  });
});
