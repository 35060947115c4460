import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, must, ROOT, run, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { GraphDriver } from "./probe/graph-driver.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl", "tc");
const PORT = 4444;

/** Slower than the test sends, with room for all of it. */
const SLOW = ["rate", "2mbit", "burst", "5k", "limit", "10mb"];

/** Datagrams whose fate is known. */
function sumOf(counters: Readonly<Record<string, number>>): number {
  return counters["datagramsSent"]! + counters["sendErrors"]! + counters["overflowed"]!;
}

describe("ksocket between two hosts", () => {
  let hosts: TwoHosts;
  let graph: GraphDriver;
  const running: Background[] = [];

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts();
    graph = new GraphDriver(hosts.left);
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop("SIGKILL")));
    if (missing !== undefined) return;
    graph.stop();
    hosts.remove();
  });

  async function collect(address: string): Promise<() => Promise<string[]>> {
    const words = [process.execPath, `${ROOT}tests/hosts/probe/collect.mjs`, address, String(PORT)];
    const collector = new Background(hosts.right.exec(words));
    running.push(collector);
    await collector.until("the collector", () => collector.stdout.includes("ready"));
    return async () => {
      const { stdout } = await collector.stop();
      return (JSON.parse(stdout.trim().split("\n").at(-1)!) as { texts: string[] }).texts;
    };
  }

  const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `datagram ${i}`);

  test.each([
    ["IPv4", "inet/dgram/udp", () => hosts.right.ipv4, () => `inet/${hosts.right.ipv4}:${PORT}`],
    [
      "IPv6",
      "inet6/dgram/17",
      () => hosts.right.ipv6,
      () =>
        `{ len=28 family=28 data=[ ${PORT >>> 8} ${PORT & 255} 6=0xfd 0x77 21=${hosts.right.ipv6.split("::")[1]} ] }`,
    ],
  ])("sends every datagram over %s, in order", async (_family, hook, address, peer) => {
    const collected = await collect(address());
    await graph.all(`mkpeer . ksocket s ${hook}`, "name s sock", `msg sock: connect ${peer()}`);
    // A host that does not know its neighbour yet keeps a few datagrams only.
    must(hosts.left.exec(["ping", "-q", "-c", "1", "-w", "10", address()]));
    const { nodes } = await graph.all("write s 1000");
    expect(nodes["sock"]!.counters).toMatchObject({
      datagramsSent: 1000,
      bytesSent: numbered(1000).join("").length,
      sendErrors: 0,
      refused: 0,
      overflowed: 0,
    });
    await sleep(100);
    expect(await collected()).toEqual(numbered(1000));
  });

  test("sends what is queued when its hook goes", async () => {
    const collected = await collect(hosts.right.ipv4);
    must(hosts.left.exec(["ping", "-q", "-c", "1", "-w", "10", hosts.right.ipv4]));
    await graph.all("mkpeer . ksocket s inet/dgram/udp", `msg s connect inet/${hosts.right.ipv4}:${PORT}`);
    const { nodes } = await graph.all("writeAndRemove s 100");
    expect(nodes["ksocket"]).toBeUndefined();
    await sleep(100);
    expect(await collected()).toEqual(numbered(100));
  });

  test("loses only what is sent while no process listens, and delivers again afterwards", async () => {
    await graph.all(
      "mkpeer . ksocket s inet/dgram/udp",
      "name s sock",
      `msg sock: connect inet/${hosts.right.ipv4}:${PORT}`,
      "write s 1",
    );
    const { nodes } = await graph.until(({ nodes }) => nodes["sock"]!.counters["refused"]! > 0);
    expect(nodes["sock"]!.counters).toMatchObject({ datagramsSent: 1, refused: 1, sendErrors: 0 });
    const collected = await collect(hosts.right.ipv4);
    await graph.all("write s 50");
    await sleep(100);
    expect(await collected()).toEqual(numbered(50));
  });

  test("a collector that is down for long loses what was sent to it meanwhile, and no other datagram", async () => {
    await graph.all(
      "mkpeer . ksocket s inet/dgram/udp",
      "name s sock",
      `msg sock: connect inet/${hosts.right.ipv4}:${PORT}`,
    );
    must(hosts.left.exec(["ping", "-q", "-c", "1", "-w", "10", hosts.right.ipv4]));
    for (let burst = 0; burst < 25; burst++) {
      await graph.all("write s 20");
      await sleep(20);
    }
    const { nodes } = await graph.until(({ nodes }) => nodes["sock"]!.counters["refused"]! > 0);
    // Every report is of one datagram that had left; none stood in the way of another.
    expect(nodes["sock"]!.counters).toMatchObject({ datagramsSent: 500, sendErrors: 0, overflowed: 0 });
    expect(nodes["sock"]!.counters["refused"]).toBeLessThanOrEqual(500);
    const collected = await collect(hosts.right.ipv4);
    const { nodes: after } = await graph.all("write s 500");
    expect(after["sock"]!.counters).toMatchObject({ datagramsSent: 1000, sendErrors: 0, overflowed: 0 });
    await sleep(100);
    expect(await collected()).toEqual(numbered(500));
  });

  test("waits for a socket that takes no more, and loses nothing that fits its queue", async (ctx) => {
    const shaped = run(hosts.left.exec(["tc", "qdisc", "add", "dev", "eth0", "root", "tbf", ...SLOW]));
    ctx.skip(shaped.status !== 0, "the kernel has no token bucket (sch_tbf)");
    const collected = await collect(hosts.right.ipv4);
    await graph.all(
      "mkpeer . ksocket s inet/dgram/udp",
      "name s sock",
      // SO_SNDBUF of 4608 bytes (0x1200): a handful of datagrams.
      "msg sock: setopt { level=0xffff name=0x1001 value=[ 0 0x12 ] }",
      `msg sock: connect inet/${hosts.right.ipv4}:${PORT}`,
    );
    const { nodes } = await graph.all("write s 600");
    expect(nodes["sock"]!.counters["datagramsSent"]).toBeLessThan(600);
    const done = await graph.until(({ nodes }) => nodes["sock"]!.counters["datagramsSent"] === 600, 20_000);
    expect(done.nodes["sock"]!.counters).toMatchObject({ datagramsSent: 600, sendErrors: 0, overflowed: 0 });
    await graph.all("write s 5000");
    const full = await graph.until(({ nodes }) => sumOf(nodes["sock"]!.counters) === 5600, 30_000);
    expect(sumOf(full.nodes["sock"]!.counters)).toBe(5600);
    expect(full.nodes["sock"]!.counters["overflowed"]).toBeGreaterThan(0);
    await sleep(500);
    expect((await collected()).length).toBe(full.nodes["sock"]!.counters["datagramsSent"]);
  });

  test("refuses a peer that no route leads to, and counts datagrams that have no route any more", async () => {
    await graph.all("mkpeer . ksocket s inet/dgram/udp", "name s sock");
    expect((await graph.run("msg sock: connect inet/192.0.2.1:4444")).errno).toBe(51);
    await graph.all(`msg sock: connect inet/${hosts.right.ipv4}:${PORT}`);
    hosts.cut();
    must(["ip", "-n", hosts.left.namespace, "link", "set", "lo", "up"]);
    const { nodes } = await graph.all("write s 5");
    expect(nodes["sock"]!.counters).toMatchObject({ datagramsSent: 0, sendErrors: 5 });
  });
});
