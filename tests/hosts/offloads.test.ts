import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, must, ROOT, run, sleep } from "../support/command.ts";
import { type Host, type InterfaceCounters, TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { type Answer, GraphDriver } from "./probe/graph-driver.ts";

const missing = absentPrivilege() ?? absentTools("ip", "sysctl", "ethtool");
const TRANSFER_BYTES = 8 << 20;
const ETHERNET = 14;
/** An ARP message with its Ethernet header. */
const ARP = 42;

describe("frames that are more than the wire carries", () => {
  let hosts: TwoHosts;
  let graph: GraphDriver;
  /** What the left host's interface had counted when the graph began to hear it. */
  let before: InterfaceCounters;
  const running: Background[] = [];

  beforeEach(async (ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts();
    graph = new GraphDriver(hosts.left);
    before = await quiet();
    await graph.all(
      "mkpeer eth0: netflow lower iface0",
      "name eth0:lower netflow",
      "connect eth0: netflow: upper out0",
      "msg netflow: setconfig { iface=0 conf=7 }",
    );
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop("SIGKILL")));
    if (missing !== undefined) return;
    graph.stop();
    hosts.remove();
  });

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

  /** Both directions, both families. */
  async function transfers(): Promise<void> {
    let port = 5000;
    for (const family of ["ipv4", "ipv6"] as const) {
      await transfer(hosts.left, hosts.right, hosts.right[family], port++);
      await transfer(hosts.right, hosts.left, hosts.left[family], port++);
    }
  }

  /** Every frame and byte of the interface is accounted, or is one of ARP. */
  function isWhole({ nodes }: Answer): void {
    const now = hosts.counters(hosts.left);
    const packets = now.rxPackets + now.txPackets - before.rxPackets - before.txPackets;
    const bytes = now.rxBytes + now.txBytes - before.rxBytes - before.txBytes;
    expect(nodes["eth0"]!.counters).toMatchObject({ packetsSeen: packets, bytesSeen: bytes, packetsDropped: 0 });
    const { packetsAccounted = 0, bytesAccounted = 0, packetsSkipped = 0 } = nodes["netflow"]!.counters;
    expect(packetsAccounted + packetsSkipped).toBe(packets);
    expect(bytesAccounted).toBe(bytes - ETHERNET * packetsAccounted - ARP * packetsSkipped);
  }

  test("segments not yet cut are counted with all their bytes, and told", { timeout: 60_000 }, async () => {
    await transfers();
    const drained = await graph.all("drain");
    isWhole(drained);
    const { packetsMerged = 0, packetsSeen = 0 } = drained.nodes["eth0"]!.counters;
    expect(packetsMerged).toBeGreaterThan((4 * TRANSFER_BYTES) / 65_536 / 2);
    // Fewer frames than the wire's 1500 bytes would take.
    expect(packetsSeen).toBeLessThan((4 * TRANSFER_BYTES) / 1500);
  });

  test(
    "segments larger than the length field of IP can say are counted, too (BIG TCP)",
    { timeout: 60_000 },
    async (ctx) => {
      for (const { namespace } of [hosts.left, hosts.right]) {
        const words = [
          "ip",
          "-n",
          namespace,
          "link",
          "set",
          "eth0",
          "gso_max_size",
          "180000",
          "gro_max_size",
          "180000",
        ];
        ctx.skip(run(words).status !== 0, "the kernel or ip(8) does not know gso_max_size");
      }
      await transfer(hosts.left, hosts.right, hosts.right.ipv6, 5000);
      await transfer(hosts.right, hosts.left, hosts.left.ipv6, 5001);
      const drained = await graph.all("drain");
      isWhole(drained);
      expect(drained.nodes["eth0"]!.counters["packetsMerged"]).toBeGreaterThan(0);
    },
  );

  test("with every offload off nothing is merged", { timeout: 60_000 }, async () => {
    for (const host of [hosts.left, hosts.right]) {
      must(host.exec(["ethtool", "-K", "eth0", "tx", "off", "tso", "off", "gso", "off", "gro", "off"]));
    }
    await transfers();
    const drained = await graph.all("drain");
    isWhole(drained);
    expect(drained.nodes["eth0"]!.counters).toMatchObject({ packetsMerged: 0 });
    expect(drained.nodes["eth0"]!.counters["packetsSeen"]).toBeGreaterThan((4 * TRANSFER_BYTES) / 1500);
  });
});
