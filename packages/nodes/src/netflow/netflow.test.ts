import { type ControlSocket, createGraph, type Graph, openControlSocket } from "@ngflow/graph";
import { E, PacketBatch } from "@ngflow/base";
import { beforeEach, describe, expect, it } from "vitest";
import { hole } from "../hole/hole.ts";
import { netflow, netflowType } from "./netflow.ts";
import { slotNumber } from "./hook-role.ts";
import { frameOf, type TestPacket } from "./testing/frames.ts";
import { type ReadRecord, readRecords } from "./testing/read-records.ts";

const START_MS = 1_700_000_000_000;

/** A graph with a control program, and what reached its hooks. */
class Bench {
  nowMs = START_MS;
  readonly graph: Graph;
  readonly control: ControlSocket;
  readonly arrived = new Map<string, Uint8Array[]>();

  constructor(type = netflow) {
    const clock = { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs - START_MS };
    this.graph = createGraph({ clock, types: [type, hole] });
    this.control = openControlSocket(this.graph, {
      name: "ctl",
      events: {
        onMessage: () => {},
        onData: (hook, packet) => this.arrived.set(hook, [...(this.arrived.get(hook) ?? []), packet.slice()]),
      },
    });
  }

  msg(node: string, command: string, args = ""): number {
    return this.control.sendAscii(node, command, args).errno;
  }

  mkpeer(type: string, hook: string, peerHook: string): void {
    this.graph.mkpeer(this.graph.node(this.control.nodeId), ".", type, hook, peerHook);
  }

  connect(hook: string, node: string, peerHook: string): void {
    this.graph.connect(this.graph.node(this.control.nodeId), ".", node, hook, peerHook);
  }

  /** Time passes, with the graph's timers. */
  pass(ms: number): void {
    for (const end = this.nowMs + ms; this.nowMs < end;) {
      this.nowMs += 10;
      this.graph.tick(this.nowMs);
    }
  }

  write(hook: string, packet: Partial<TestPacket> = {}): number {
    return this.writeBytes(hook, frameOf({ ...PACKET, ...packet }));
  }

  writeBytes(hook: string, frame: Uint8Array): number {
    const node = this.graph.node(this.control.nodeId)!;
    return this.graph.run(() => node.hooks.get(hook)!.send(PacketBatch.of(frame, this.nowMs * 1000)));
  }

  records(hook: string): ReadRecord[] {
    return readRecords(this.arrived.get(hook) ?? []);
  }

  counters(name: string): Readonly<Record<string, number>> {
    return this.graph.snapshot().nodes.find((node) => node.name === name)!.counters;
  }
}

const PACKET: TestPacket = { version: 4, flow: 1, protocol: 17, tcpFlags: 0, tos: 0, bytes: 100, timeUs: 0 };

describe("slotNumber", () => {
  it.each([
    ["iface0", 0],
    ["iface65534", 65534],
    ["iface65535", undefined],
    ["iface4294967296", 0],
    ["iface4294967297", 1],
    ["iface4294967295", undefined],
    ["iface00", undefined],
    ["iface01", undefined],
    ["iface", undefined],
    ["ifaceX", undefined],
    ["iface-1", undefined],
    ["out0", undefined],
  ])("%s", (name, number) => {
    expect(slotNumber(name, "iface")).toBe(number);
  });
});

describe("netflow", () => {
  let bench: Bench;

  beforeEach(() => {
    bench = new Bench();
    bench.mkpeer("netflow", "in", "iface0");
    bench.graph.setName(bench.graph.node(bench.control.nodeId), "in", "nf");
  });

  it("forwards and accounts by the table of the reference", () => {
    expect(bench.write("in")).toBe(0);
    expect(bench.msg("nf:", "setconfig", "{ iface=0 conf=0 }")).toBe(0);
    expect(bench.write("in")).toBe(E.ENOTCONN);
    bench.connect("o", "nf:", "out0");
    expect(bench.write("in")).toBe(0);
    expect(bench.write("o")).toBe(0);
    expect(bench.arrived.get("o")).toHaveLength(1);
    expect(bench.arrived.get("in")).toHaveLength(1);
    expect(bench.counters("nf")).toMatchObject({ packetsAccounted: 1, packetsBypassed: 3, packetsForwarded: 2 });
    bench.msg("nf:", "setconfig", "{ iface=0 conf=2 }");
    bench.write("in");
    bench.write("o");
    expect(bench.counters("nf")).toMatchObject({ packetsAccounted: 2 });
  });

  it("refuses data on export hooks", () => {
    bench.connect("e", "nf:", "export9");
    expect(bench.write("e")).toBe(E.EINVAL);
  });

  it("exports an idle flow at the inactive timeout without any packet, within a second", () => {
    bench.connect("e", "nf:", "export9");
    bench.write("in");
    for (let i = 0; i < 9; i++) {
      bench.pass(100);
      bench.write("in");
    }
    bench.pass(14_000);
    expect(bench.records("e")).toEqual([]);
    bench.pass(2_000);
    expect(bench.records("e")).toMatchObject([
      { packets: 10, bytes: 1000, firstMs: START_MS, lastMs: START_MS + 900, sourcePort: 1001, destinationPort: 443 },
    ]);
  });

  it("exports a busy flow at the active timeout without waiting for a packet", () => {
    bench.connect("e", "nf:", "export10");
    bench.msg("nf:", "settimeouts", "{ inactive=15 active=30 }");
    for (let i = 0; i < 6; i++) {
      bench.write("in");
      bench.pass(5_000);
    }
    expect(bench.records("e")).toEqual([]);
    bench.pass(1_500);
    expect(bench.records("e")).toMatchObject([{ packets: 6, firstMs: START_MS, lastMs: START_MS + 25_000 }]);
  });

  it("applies shorter timeouts to flows that are cached already", () => {
    bench.connect("e", "nf:", "export9");
    bench.write("in");
    bench.pass(1_000);
    bench.msg("nf:", "settimeouts", "{ inactive=2 active=60 }");
    bench.pass(2_500);
    expect(bench.records("e")).toHaveLength(1);
  });

  it("flushes to every format on shutdown, while the hooks are connected", () => {
    for (const hook of ["export", "export9", "export10"]) bench.connect(hook, "nf:", hook);
    bench.write("in");
    bench.write("in", { version: 6 });
    bench.write("in", { protocol: 1 });
    bench.graph.shutdown(undefined, "nf:");
    expect(bench.records("export")).toHaveLength(2);
    expect(bench.records("export9")).toHaveLength(3);
    expect(bench.records("export10")).toHaveLength(3);
    expect(bench.records("export9").map((r) => [r.source, r.destinationPort])).toEqual([
      ["10.0.0.1", 443],
      ["10.0.0.1", 0x0800],
      ["2001:db8::1", 443],
    ]);
  });

  it("sends templates in the first datagram and again after the set number of datagrams and seconds", () => {
    bench.connect("e", "nf:", "export9");
    bench.msg("nf:", "settemplate", "{ time=10 packets=3 }");
    const withTemplates = (): boolean[] => bench.arrived.get("e")!.map((d) => d[20] === 0 && d[21] === 0);
    for (let i = 0; i < 7; i++) {
      bench.write("in", { protocol: 6, tcpFlags: 4, flow: i + 1 });
      bench.pass(1_000);
    }
    expect(withTemplates()).toEqual([true, false, false, true, false, false, true]);
    bench.msg("nf:", "settemplate", "{ time=10 packets=500 }");
    bench.pass(10_000);
    bench.write("in", { protocol: 6, tcpFlags: 4 });
    bench.pass(1_000);
    expect(withTemplates().at(-1)).toBe(true);
    expect(bench.records("e")).toHaveLength(8);
  });

  it("keeps datagrams within the mtu", () => {
    bench.connect("e", "nf:", "export9");
    bench.msg("nf:", "setmtu", "{ mtu=400 }");
    for (let i = 0; i < 250; i++) bench.write("in", { flow: i, version: i % 3 === 0 ? 6 : 4 });
    bench.graph.shutdown(undefined, "nf:");
    expect(bench.records("e")).toHaveLength(250);
    expect(Math.max(...bench.arrived.get("e")!.map((d) => d.length))).toBeLessThanOrEqual(400 - 48);
  });

  it("accounts a packet once among nodes in a row that ask for it", () => {
    bench.graph.mkpeer(undefined, "nf:", "netflow", "out0", "iface0");
    bench.graph.setName(undefined, "nf:out0", "second");
    bench.msg("nf:", "setconfig", "{ iface=0 conf=7 }");
    bench.write("in");
    bench.msg("second:", "setconfig", "{ iface=0 conf=7 }");
    bench.write("in");
    expect([bench.counters("nf")["packetsAccounted"], bench.counters("second")["packetsAccounted"]]).toEqual([2, 1]);
    bench.msg("second:", "setconfig", "{ iface=0 conf=9 }");
    bench.write("in");
    expect([bench.counters("nf")["packetsAccounted"], bench.counters("second")["packetsAccounted"]]).toEqual([3, 2]);
  });

  it("evicts and counts when the cache is full", () => {
    const small = new Bench(netflowType({ maxFlows: 3 }));
    small.mkpeer("netflow", "in", "iface0");
    small.graph.setName(small.graph.node(small.control.nodeId), "in", "nf");
    small.connect("e", "nf:", "export9");
    for (let i = 1; i <= 5; i++) {
      small.write("in", { flow: i });
      small.pass(1000);
    }
    expect(small.counters("nf")).toMatchObject({ flowsActive: 3, flowsEvicted: 2, flowsCreated: 5 });
    expect(small.records("e").map((r) => r.source)).toEqual(["10.0.0.1", "10.0.0.2"]);
  });

  it("refuses to be made with a cache of impossible size", () => {
    const huge = new Bench(netflowType({ maxFlows: 0x1000000 }));
    expect(() => huge.mkpeer("netflow", "in", "iface0")).toThrow("Cannot allocate memory");
  });

  it("refuses the export10 hook in profile freebsd only", () => {
    bench.connect("x", "nf:", "export10");
    const kernel = new Bench(netflowType({ profile: "freebsd" }));
    kernel.mkpeer("netflow", "in", "iface0");
    const add = (): void => kernel.connect("x", "in", "export10");
    expect(add).toThrow("Invalid argument");
  });
});

describe("profile freebsd", () => {
  /** A frame, cut to `length` bytes, with other bytes at some offsets. */
  const frame = (packet: Partial<TestPacket>, length: number, ...bytes: readonly (readonly [number, number])[]) => {
    const whole = frameOf({ ...PACKET, ...packet });
    for (const [at, value] of bytes) whole[at] = value;
    return whole.slice(0, length);
  };
  const V6 = { version: 6, protocol: 17 } as const;

  // Read from ng_netflow_rcvdata: only its length check sets an error, and what is not understood passes without one.
  it.each([
    ["a UDP packet", 0, 1, frame({}, 42)],
    ["a part of an Ethernet header", E.EINVAL, 1, frame({}, 13)],
    ["no IPv4 header", E.EINVAL, 1, frame({}, 33)],
    ["a cut VLAN tag", E.EINVAL, 1, frame({}, 17, [12, 0x81], [13, 0])],
    ["a cut UDP header", E.EINVAL, 1, frame({}, 41)],
    ["a cut TCP header", E.EINVAL, 1, frame({ protocol: 6 }, 53)],
    ["cut IPv4 options", E.EINVAL, 1, frame({ protocol: 1 }, 34, [14, 0x46])],
    ["ICMP without a header", 0, 1, frame({ protocol: 1 }, 34)],
    ["a later fragment without a transport header", 0, 1, frame({}, 34, [21, 9])],
    ["ARP", 0, 1, frame({}, 42, [13, 6])],
    ["version 5", 0, 1, frame({}, 42, [14, 0x55])],
    ["an IPv4 header of 16 bytes", 0, 1, frame({}, 42, [14, 0x44])],
    ["an IPv6 UDP packet without export9", 0, 0, frame(V6, 62)],
    ["a cut IPv6 header without export9", E.EINVAL, 0, frame(V6, 53)],
    ["a cut IPv6 UDP header", E.EINVAL, 1, frame(V6, 61)],
    ["a cut IPv6 UDP header without export9", 0, 0, frame(V6, 61)],
    ["version 4 after the EtherType of IPv6", 0, 1, frame(V6, 62, [14, 0x40])],
  ])("%s gives %i to its sender where no out hook is", (_, errno, exports, bytes) => {
    const kernel = new Bench(netflowType({ profile: "freebsd" }));
    kernel.mkpeer("netflow", "in", "iface0");
    if (exports === 1) kernel.connect("e", "in", "export9");
    expect(kernel.writeBytes("in", bytes)).toBe(errno);
    kernel.connect("o", "in", "out0");
    expect(kernel.writeBytes("in", bytes)).toBe(0);
    expect(kernel.arrived.get("o")).toEqual([bytes]);
  });
});
