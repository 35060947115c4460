import type { PacketRingOptions } from "@ngflow/os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, must, ROOT, run, sleep } from "../support/command.ts";
import { type Host, type InterfaceCounters, TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { GraphDriver } from "./probe/graph-driver.ts";

const missing = absentPrivilege() ?? absentTools("ip", "sysctl", "ethtool");
const TRANSFER_BYTES = 8 << 20;
const ETHERNET = 14;
/** An ARP message with its Ethernet header. */
const ARP = 42;
const IP_HEADER = { ipv4: 20, ipv6: 40 } as const;
/** With timestamps, as every segment has but for the two SYN, which are not merged. */
const TCP_HEADER = 32;
const FAMILIES = ["ipv4", "ipv6"] as const;
type Family = (typeof FAMILIES)[number];
const METER = [
  "mkpeer eth0: netflow lower iface0",
  "name eth0:lower netflow",
  "connect eth0: netflow: upper out0",
  "msg netflow: setconfig { iface=0 conf=7 }",
];

describe("frames larger than the wire carries", () => {
  let hosts: TwoHosts;
  let graph: GraphDriver;
  /** What the left host's interface had counted when the graph began to capture. */
  let before: InterfaceCounters;
  const running: Background[] = [];

  beforeEach(async (ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts();
    graph = driver({ countSegments: true });
    before = await quiet();
    await graph.all(...METER);
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop("SIGKILL")));
    if (missing !== undefined) return;
    graph.stop();
    hosts.remove();
  });

  const driver = (ring: PacketRingOptions, inline = ""): GraphDriver =>
    new GraphDriver(hosts.left, ["env", `NGFLOW_RING=${JSON.stringify(ring)}`, `NGFLOW_INLINE=${inline}`]);

  /** Waits until the hosts have said what they say of themselves after their start: multicast groups. */
  async function quiet(): Promise<InterfaceCounters> {
    for (let last = hosts.counters(hosts.left); ;) {
      await sleep(500);
      const now = hosts.counters(hosts.left);
      if (now.rxPackets === last.rxPackets && now.txPackets === last.txPackets) return now;
      last = now;
    }
  }

  async function transfer(from: Host, to: Host, address: string, port: number): Promise<void> {
    const probe = [process.execPath, `${ROOT}tests/hosts/probe/tcp-digest.mjs`];
    const receiver = new Background(to.exec([...probe, "receive", address, String(port)]));
    running.push(receiver);
    await receiver.until("the receiver", () => receiver.stdout.includes("ready"));
    must(from.exec([...probe, "send", address, String(port), String(TRANSFER_BYTES)]));
    await receiver.ended(10_000);
  }

  async function transfersBothWays(family: Family): Promise<void> {
    await transfer(hosts.left, hosts.right, hosts.right[family], 5000);
    await transfer(hosts.right, hosts.left, hosts.left[family], 5001);
  }

  /** A counter of the kernels of both hosts together. */
  function kernels(file: "snmp" | "snmp6", ...names: string[]): number {
    const read = ({ namespace }: Host): number[] => {
      const lines = must(["ip", "netns", "exec", namespace, "cat", `/proc/net/${file}`]).split("\n");
      const columns = file === "snmp6" ? lines.map((line) => line.split(/\s+/)) : tcpColumns(lines);
      return names.map((name) => Number(columns.find(([column]) => column === name)![1]));
    };
    return [...read(hosts.left), ...read(hosts.right)].reduce((sum, n) => sum + n);
  }

  const segmentsSent = (): number => kernels("snmp", "OutSegs", "RetransSegs");

  /**
   * Transfers, and compares what was metered with what the kernels say they sent: segments of TCP, ICMPv6; ARP is
   * skipped.
   */
  async function metered(family: Family): Promise<Readonly<Record<string, number>>> {
    const neighbours = kernels("snmp6", "Icmp6OutMsgs");
    const segments = segmentsSent();
    await transfersBothWays(family);
    const { nodes } = await graph.all("drain");
    const { packetsAccounted = 0, bytesAccounted = 0, packetsSkipped = 0 } = nodes["netflow"]!.counters;
    const ether = nodes["eth0"]!.counters;
    const now = hosts.counters(hosts.left);
    const frames = now.rxPackets + now.txPackets - before.rxPackets - before.txPackets;
    const bytes = now.rxBytes + now.txBytes - before.rxBytes - before.txBytes;
    expect(packetsAccounted).toBe(segmentsSent() - segments + kernels("snmp6", "Icmp6OutMsgs") - neighbours);
    const further = packetsAccounted + packetsSkipped - frames;
    const headers = IP_HEADER[family] + TCP_HEADER;
    expect(bytesAccounted).toBe(
      bytes - ETHERNET * (frames - packetsSkipped) - ARP * packetsSkipped + further * headers,
    );
    expect(ether).toMatchObject({
      packetsSeen: frames + further,
      bytesSeen: bytes + further * (ETHERNET + headers),
      packetsDropped: 0,
    });
    expect(ether["segmentsMerged"]! - ether["packetsMerged"]!).toBe(further);
    return ether;
  }

  test.each(FAMILIES)("segments that are not yet cut count as segments (%s)", { timeout: 60_000 }, async (family) => {
    const { packetsMerged = 0, packetsSeen } = await metered(family);
    expect(packetsMerged).toBeGreaterThan((2 * TRANSFER_BYTES) / 65_536 / 2);
    expect(packetsSeen).toBeGreaterThan((2 * TRANSFER_BYTES) / 1500);
  });

  test("so do those of frames that a capture truncates after their headers", { timeout: 60_000 }, async () => {
    graph.stop();
    before = await quiet();
    graph = driver({ countSegments: true, snapLengthBytes: 96 });
    await graph.all(...METER);
    expect((await metered("ipv4"))["packetsMerged"]).toBeGreaterThan(0);
  });

  test.each(FAMILIES)("so do those that pass through inline (%s)", { timeout: 60_000 }, async (family) => {
    graph.stop();
    before = await quiet();
    graph = driver({ countSegments: true }, "eth0");
    await graph.all(...METER);
    expect((await metered(family))["packetsMerged"]).toBeGreaterThan(0);
  });

  test("and larger ones than the length field of IP can say (BIG TCP)", { timeout: 60_000 }, async (ctx) => {
    for (const { namespace } of [hosts.left, hosts.right]) {
      const words = ["ip", "-n", namespace, "link", "set", "eth0", "gso_max_size", "180000", "gro_max_size", "180000"];
      ctx.skip(run(words).status !== 0, "the kernel or ip(8) does not know gso_max_size");
    }
    expect((await metered("ipv6"))["packetsMerged"]).toBeGreaterThan(0);
  });

  test("but not if frames are to be counted, as by default on an interface without hardware", async () => {
    graph.stop();
    before = await quiet();
    graph = driver({});
    await graph.all(...METER);
    await transfersBothWays("ipv4");
    const { nodes } = await graph.all("drain");
    const now = hosts.counters(hosts.left);
    const { packetsSeen, bytesSeen, packetsMerged, segmentsMerged } = nodes["eth0"]!.counters;
    expect(packetsSeen).toBe(now.rxPackets + now.txPackets - before.rxPackets - before.txPackets);
    expect(bytesSeen).toBe(now.rxBytes + now.txBytes - before.rxBytes - before.txBytes);
    expect(packetsMerged).toBeGreaterThan(0);
    expect(segmentsMerged).toBe(packetsMerged);
  }, 60_000);

  test.each(FAMILIES)("with every offload off nothing is merged (%s)", { timeout: 60_000 }, async (family) => {
    for (const host of [hosts.left, hosts.right]) {
      must(host.exec(["ethtool", "-K", "eth0", "tx", "off", "tso", "off", "gso", "off", "gro", "off"]));
    }
    expect(await metered(family)).toMatchObject({ packetsMerged: 0, segmentsMerged: 0 });
  });
});

/** Names and values of /proc/net/snmp's lines on TCP: one of names, one of values. */
function tcpColumns(lines: readonly string[]): [string, string][] {
  const [names = [], values = []] = lines.filter((line) => line.startsWith("Tcp: ")).map((line) => line.split(" "));
  return names.map((name, i) => [name, values[i]!]);
}
