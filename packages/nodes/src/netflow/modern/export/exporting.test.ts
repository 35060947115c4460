import { u16be, u32be } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import type { ExportHook } from "../../flow-engine.ts";
import { type Captured, ether, ip4, ip6, Metering, type Said, tcp, udp } from "../../testing/metering.ts";
import { readRecords } from "../../testing/read-records.ts";

const IPV4 = "0800";

/** A packet of flow `i` from its client, or the answer. */
function packet(i: number, atMs = 0, answer = false): Captured {
  const client = `0a00${i.toString(16).padStart(4, "0")}`;
  const bytes = answer
    ? ip4(17, udp(53, 1000 + i), "c0a80102", client)
    : ip4(17, udp(1000 + i, 53), client, "c0a80102");
  return { bytes: ether(IPV4, bytes), atMs };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const sum = (said: Said, name: string): number =>
  said.flows.reduce((total, flow) => total + Number(flow[name] ?? 0), 0);

describe("sampling", () => {
  const packets = range(1000).map((i) => packet(1, i));

  it.each(["export", "export9", "export10"] as const)("every 10th packet, announced on %s", (hook) => {
    const metering = new Metering([hook]);
    expect(metering.engine.setSampling(1, 10, 0)).toBe(true);
    for (let i = 0; i < packets.length; i += 33) metering.meter(packets.slice(i, i + 33));
    const said = metering.end(hook);
    expect(sum(said, "packetDeltaCount")).toBe(100);
    expect(metering.engine.counters()).toMatchObject({
      packetsAccounted: 100,
      packetsNotSampled: 900,
      packetsSkipped: 0,
    });
    if (hook === "export") expect(u16be(said.datagrams[0]!, 22)).toBe((1 << 14) | 10);
    else if (hook === "export9") {
      expect(said.options).toContainEqual(
        expect.objectContaining({ fields: { samplingInterval: 10, samplingAlgorithm: 1 } }),
      );
    } else {
      const fields = { selectorAlgorithm: 1, samplingPacketInterval: 1, samplingPacketSpace: 9 };
      expect(said.options).toContainEqual(expect.objectContaining({ scope: { selectorId: 1 }, fields }));
    }
  });

  it.each(["export", "export9", "export10"] as const)("one at random of each 10, announced on %s", (hook) => {
    const said = [1, 1, 2].map((seed) => {
      const metering = new Metering([hook]);
      metering.engine.setSampling(2, 10, seed);
      metering.meter(packets);
      return metering.end(hook);
    });
    expect(said.map((each) => sum(each, "packetDeltaCount"))).toEqual([100, 100, 100]);
    expect(said[1]!.datagrams).toEqual(said[0]!.datagrams);
    expect(said[2]!.datagrams).not.toEqual(said[0]!.datagrams);
    if (hook === "export") expect(u16be(said[0]!.datagrams[0]!, 22)).toBe((2 << 14) | 10);
    else if (hook === "export9") {
      expect(said[0]!.options).toContainEqual(
        expect.objectContaining({ fields: { samplingInterval: 10, samplingAlgorithm: 2 } }),
      );
    } else {
      const fields = { selectorAlgorithm: 3, samplingSize: 1, samplingPopulation: 10 };
      expect(said[0]!.options).toContainEqual(expect.objectContaining({ scope: { selectorId: 1 }, fields }));
    }
  });

  it("chooses each place of ten about as often as the others", () => {
    const metering = new Metering(["export10"], { maxFlows: 10 });
    metering.engine.setSampling(2, 10, 7);
    metering.meter(range(20_000).map((i) => packet(i % 10)));
    const counts = metering.end("export10").flows.map((flow) => Number(flow["packetDeltaCount"]));
    expect(counts).toHaveLength(10);
    // 200 expected of each; five deviations of a binomial are 67.
    for (const count of counts) expect(Math.abs(count - 200)).toBeLessThan(67);
  });

  it("is announced again with a change, also to nothing", () => {
    const metering = new Metering(["export9"]);
    metering.engine.setSampling(1, 100, 0);
    metering.meter([packet(1)]);
    metering.passTo(16_000);
    metering.engine.setSampling(0, 0, 0);
    metering.meter([packet(2, 16_000)]);
    const intervals = metering.end("export9").options.flatMap(({ fields }) => fields["samplingInterval"] ?? []);
    expect(intervals).toEqual([100, 1]);
  });

  it.each([
    [3, 1],
    [1, 0],
    [2, 0],
  ])("refuses mode %i of each %i", (mode, interval) => {
    expect(new Metering([]).engine.setSampling(mode, interval, 0)).toBe(false);
  });
});

describe("timeouts by protocol", () => {
  it("end flows of one protocol at its own, all others at the general ones", () => {
    const metering = new Metering(["export10"]);
    metering.engine.setProtocolTimeouts(17, 3, 1000);
    metering.engine.setTimeouts(8, 1000);
    metering.meter([packet(1), { bytes: ether(IPV4, ip4(6, tcp(1, 2, 0x10))) }]);
    const protocols = (): unknown[] => metering.read("export10").flows.map((flow) => flow["protocolIdentifier"]);
    metering.passTo(2900);
    expect(protocols()).toEqual([]);
    metering.passTo(4500);
    expect(protocols()).toEqual([17]);
    metering.passTo(7900);
    expect(protocols()).toEqual([17]);
    metering.passTo(9500);
    expect(protocols()).toEqual([17, 6]);
  });

  it("hold for packets, too: the active one splits a busy flow", () => {
    const metering = new Metering(["export10"]);
    metering.engine.setProtocolTimeouts(17, 60, 5);
    metering.meter(range(12).map((i) => packet(1, 1000 * i)));
    metering.meter(range(12).map((i) => ({ bytes: ether(IPV4, ip4(6, tcp(1, 2, 0x10))), atMs: 1000 * i })));
    const flows = metering.end("export10").flows;
    expect(flows.map((flow) => [flow["protocolIdentifier"], flow["packetDeltaCount"]]).sort()).toEqual([
      [17, 6],
      [17, 6],
      [6, 12],
    ]);
  });
});

describe("several collectors", () => {
  const hooks: readonly ExportHook[] = ["export9", "export9_1", "export9_2", "export10", "export10_1"];
  const packets = range(300).flatMap((i) => [packet(i), packet(i, 1, true)]);
  const keys = (said: Said): string[] =>
    said.flows.map((flow) => `${String(flow["sourceIPv4Address"])} ${String(flow["destinationIPv4Address"])}`);

  it("all get every flow", () => {
    const metering = new Metering(hooks);
    metering.meter(packets);
    metering.end("export9");
    for (const hook of hooks) expect(new Set(keys(metering.read(hook))).size).toBe(600);
    // Each is a stream of its own, with sequence numbers that add up.
    for (const hook of hooks) expect(readRecords(metering.read(hook).datagrams)).toHaveLength(600);
    expect(metering.engine.counters()).toMatchObject({ recordsExported: 600, recordsDiscarded: 0 });
  });

  it("share the flows of each protocol when balanced, both directions of a conversation at one", () => {
    const metering = new Metering(hooks);
    metering.engine.setBalance(true);
    metering.meter(packets);
    metering.end("export9");
    for (const group of [hooks.slice(0, 3), hooks.slice(3)]) {
      const parts = group.map((hook) => keys(metering.read(hook)));
      expect(parts.flat()).toHaveLength(600);
      expect(new Set(parts.flat()).size).toBe(600);
      for (const part of parts) {
        expect(part.length).toBeGreaterThan(600 / group.length / 2);
        const turned = part.map((key) => key.split(" ").toReversed().join(" "));
        expect(new Set(turned)).toEqual(new Set(part));
      }
    }
  });

  it("that are gone leave their flows to the others", () => {
    const metering = new Metering(hooks.slice(0, 3));
    metering.engine.setBalance(true);
    metering.engine.setExport("export9_1", null);
    metering.meter(packets);
    metering.end("export9");
    const [a, b, c] = hooks.slice(0, 3).map((hook) => metering.read(hook).flows.length);
    expect([a! + c!, b]).toEqual([600, 0]);
  });
});

describe("options records", () => {
  const interfaces = (): { index: number; name: string }[] => [
    { index: 1, name: "lo" },
    { index: 2, name: "eth0" },
    { index: 77, name: "a-name-of-15-by" },
  ];

  it.each(["export9", "export10"] as const)("tell on %s who the interfaces are and what was exported", (hook) => {
    const metering = new Metering([hook], { interfaces });
    metering.meter([packet(1), { bytes: ether("0806", "0001080006040001") }]);
    const { options } = metering.end(hook);
    const scope = hook === "export9" ? "interface" : "ingressInterface";
    const names = options.filter(({ fields }) => fields["interfaceName"] !== undefined);
    expect(names).toEqual(
      interfaces().map(({ index, name }) => ({
        template: 2051,
        scope: { [scope]: index },
        fields: { interfaceName: name },
      })),
    );
    expect(options.filter(({ template }) => template === 2048)).toHaveLength(1);
  });

  it("are in messages of their own in IPFIX, first of all and then by the clock only", () => {
    const metering = new Metering(["export10"], { interfaces });
    metering.engine.setTemplate(10, 2);
    metering.engine.setTimeouts(1, 5);
    for (let second = 0; second < 25; second++) {
      metering.meter([packet(1, second * 1000), { bytes: ether("0806", "0001080006040001"), atMs: second * 1000 }]);
      metering.passTo(second * 1000 + 999);
    }
    metering.passTo(30_000);
    const { options, datagrams, flows } = metering.end("export10");
    const statistics = options.filter(({ template }) => template === 2048);
    const times = statistics.map(({ fields }) => fields["exportedFlowRecordTotalCount"]);
    expect(times.length).toBeGreaterThanOrEqual(2);
    expect(times.length).toBeLessThanOrEqual(4);
    expect(times[0]).toBe(0);
    const last = statistics.at(-1)!;
    expect(last.scope).toEqual({ observationDomainId: 7 });
    // What the stream had sent before the message, and what the meter had seen by then.
    const before = datagrams.slice(0, Number(last.fields["exportedMessageTotalCount"]));
    expect(last.fields["exportedOctetTotalCount"]).toBe(before.reduce((total, { length }) => total + length, 0));
    expect(last.fields["exportedFlowRecordTotalCount"]).toBe(readRecords(before).length);
    expect(Number(last.fields["ignoredPacketTotalCount"])).toBeGreaterThan(9);
    expect(readRecords(datagrams)).toHaveLength(flows.length);
    // No message has both: a collector that does not count options records must lose no flow of them.
    for (const datagram of datagrams) {
      const sets = new Set<number>();
      for (let at = 16; at < datagram.length; at += u16be(datagram, at + 2)) sets.add(u16be(datagram, at));
      expect(sets.has(3) && [...sets].some((id) => id >= 256 && id < 2048)).toBe(false);
    }
    // In time order, sequence numbers without a hole: readRecords has checked; the first message starts at 0.
    expect(u32be(datagrams[0]!, 8)).toBe(0);
  });

  it("are told once in IPFIX when settemplate gives the longest time, with templates by the count of datagrams", () => {
    const metering = new Metering(["export10"], { interfaces });
    metering.engine.setTemplate(65_535, 5);
    metering.engine.setTimeouts(1, 5);
    for (let minute = 0; minute < 60; minute++) {
      metering.meter([packet(minute, minute * 60_000)]);
      metering.passTo(minute * 60_000 + 3000);
    }
    const { options, datagrams } = metering.end("export10");
    expect(options.filter(({ template }) => template === 2048)).toHaveLength(1);
    const first = (datagram: Uint8Array): number => u16be(datagram, 16);
    expect(datagrams.filter((datagram) => first(datagram) === 2)).toHaveLength(12);
  });

  it("fit any mtu", () => {
    for (const mtu of [24, 100, 300, 576, 1500, 9000]) {
      const many = range(200).map((index) => ({ index: index + 1, name: `eth${index}` }));
      const metering = new Metering(["export9", "export10"], { interfaces: () => many });
      metering.engine.setMtu(mtu);
      metering.engine.setFields("mac,vlan,mpls,label,tunnel,biflow");
      metering.engine.setSampling(1, 1, 0);
      metering.meter(
        range(20).flatMap((i) => [packet(i), packet(i, 1, true), { bytes: ether("86dd", ip6(17, udp(i, 53))) }]),
      );
      metering.end("export9");
      for (const hook of ["export9", "export10"] as const) {
        const { datagrams, options, flows } = metering.read(hook);
        expect(flows.length).toBe(hook === "export9" ? 60 : 40);
        expect(options.filter(({ template }) => template === 2051)).toHaveLength(200);
        if (mtu >= 1500) expect(Math.max(...datagrams.map(({ length }) => length))).toBeLessThanOrEqual(mtu - 48);
      }
    }
  });
});
