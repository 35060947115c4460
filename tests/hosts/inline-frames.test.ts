import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, must, ROOT, run, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { captureOf } from "../support/packets.ts";
import { GraphDriver } from "./probe/graph-driver.ts";
import { Pinger } from "./probe/pinger.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl", "iperf3", "tcpdump", "tcpreplay");

/** em0's frames pass through the node, and nothing else changes. */
const THROUGH = ["mkpeer em0: hub lower a", "name em0:lower hub", "connect em0: hub: upper b"];

/** A broadcast in VLAN 7 with priority 3, of a type without any receiver. */
const TAGGED = Buffer.from("ffffffffffff02000000009981006007".padEnd(32, "0") + "88b5".padEnd(96, "0"), "hex");

/** A broadcast of a type that the host's stack does not know. */
const UNKNOWN = Buffer.from("ffffffffffff02000000009988b5".padEnd(120, "0"), "hex");

describe("frames of an inline interface", () => {
  let hosts: TwoHosts;
  let graph: GraphDriver;
  let folder = "";
  const running: Background[] = [];
  const pingers: Pinger[] = [];

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    folder = mkdtempSync(join(tmpdir(), "ngflow-inline-"));
    hosts = new TwoHosts("em0");
    graph = new GraphDriver(hosts.left, ["env", "NGFLOW_INLINE=em0"]);
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop("SIGKILL")));
    await Promise.all(pingers.splice(0).map((each) => each.stop()));
    if (missing !== undefined) return;
    graph.stop();
    hosts.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const ip = (...words: string[]): string => must(["ip", "-n", hosts.left.namespace, ...words]);
  const pings = (to: string): string => must(hosts.left.exec(["ping", "-q", "-i", "0.02", "-c", "10", to]));
  const pingsOnce = (): boolean =>
    run(hosts.left.exec(["ping", "-q", "-c", "1", "-W", "1", hosts.right.ipv4])).status === 0;

  test("are not lost and not duplicated while the node is connected and disconnected repeatedly", async () => {
    const pinger = new Pinger(hosts.left, hosts.right.ipv4, 400, 0.01);
    pingers.push(pinger);
    await pinger.reply(0);
    await graph.all("mkpeer em0: hole orphans x", "rmhook em0: orphans");
    const open = graph.openFiles();
    for (let i = 0; i < 10; i++) {
      await graph.all("mkpeer em0: hole orphans x");
      await sleep(60);
      await graph.all("rmhook em0: orphans");
      await sleep(60);
    }
    expect(graph.openFiles()).toBeLessThanOrEqual(open);
    const { nodes } = await graph.run("show");
    expect(nodes["em0"]!.counters["packetsReceived"]).toBeGreaterThan(20);
    const { sent, replies } = await pinger.stop();
    expect(replies.map(({ sequence }) => sequence).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: sent }, (_, i) => i + 1),
    );
  });

  test("keep their VLAN tag, on the way in and on the way out", async () => {
    writeFileSync(join(folder, "tagged.pcap"), captureOf(TAGGED));
    await graph.all("mkpeer em0: echo lower a");
    const tcpdump = new Background(hosts.right.exec(["tcpdump", "-e", "-n", "-l", "-Q", "in", "-i", "em0", "vlan"]));
    running.push(tcpdump);
    await tcpdump.until("tcpdump", () => tcpdump.stderr.includes("listening on"));
    must(hosts.right.exec(["tcpreplay", "-q", "-i", "em0", join(folder, "tagged.pcap")]));
    await tcpdump.until("the frame that came back", () => tcpdump.stdout.includes("\n"), 5000);
    expect(tcpdump.stdout).toContain("vlan 7, p 3");
  });

  /** Makes em0 carry what the test sends and nothing else: no IPv6, neighbours known. */
  function silence(): void {
    for (const [host, other] of [
      [hosts.left, hosts.right],
      [hosts.right, hosts.left],
    ] as const) {
      must(host.exec(["sysctl", "-q", "-w", "net.ipv6.conf.em0.disable_ipv6=1"]));
      const shown = must(["ip", "-n", other.namespace, "-j", "link", "show", "em0"]);
      const [{ address }] = JSON.parse(shown) as [{ address: string }];
      const neighbour = ["neigh", "replace", other.ipv4, "lladdr", address, "nud", "permanent", "dev", "em0"];
      must(["ip", "-n", host.namespace, ...neighbour]);
    }
  }

  /** IPv4 packets that the left host has sent, as it counts them itself. */
  function packetsOfHost(): number {
    const [names = "", values = ""] = must(hosts.left.exec(["cat", "/proc/net/snmp"])).match(/^Ip: .*$/gm) ?? [];
    return Number(values.split(" ")[names.split(" ").indexOf("OutRequests")]);
  }

  test("are all accounted for at any rate", { timeout: 60_000 }, async () => {
    silence();
    const server = new Background(hosts.right.exec(["iperf3", "-s", "-1", "--forceflush"]));
    running.push(server);
    await server.until("iperf3 -s", () => server.stdout.includes("listening"));
    const start = (await graph.all(...THROUGH)).nodes["em0"]!.counters;
    const before = hosts.counters(hosts.left);
    const packetsBefore = packetsOfHost();
    must(hosts.left.exec(["iperf3", "-c", hosts.right.ipv4, "-u", "-b", "0", "-l", "64", "-t", "2"]));
    await server.ended(10_000);
    await sleep(300);
    const end = (await graph.run("show")).nodes["em0"]!.counters;
    const after = hosts.counters(hosts.left);
    const grown = (name: string): number => end[name]! - start[name]!;
    expect(grown("packetsCaptured")).toBe(grown("packetsReceived") + grown("packetsSent") + grown("packetsDropped"));
    expect(grown("packetsSent") + grown("packetsDropped")).toBe(packetsOfHost() - packetsBefore);
    expect(grown("packetsSent")).toBeGreaterThan(10_000);
    // What the node passed on is what the wire carried, to the frame.
    expect(after.txPackets - before.txPackets).toBe(grown("packetsSent") - grown("packetsRefused"));
    expect(after.rxPackets - before.rxPackets).toBe(grown("packetsReceived"));
  });

  test("of a type that the host does not know go to orphans, all others pass", async () => {
    writeFileSync(join(folder, "unknown.pcap"), captureOf(UNKNOWN));
    await graph.all("mkpeer em0: hole orphans x");
    for (let i = 0; i < 3; i++) must(hosts.right.exec(["tcpreplay", "-q", "-i", "em0", join(folder, "unknown.pcap")]));
    expect(pings(hosts.right.ipv4)).toContain("10 received");
    const { nodes } = await graph.until(({ nodes }) => nodes["em0"]!.counters["packetsSeen"] === 3);
    expect(nodes["em0"]!.counters).toMatchObject({ packetsSeen: 3, bytesSeen: 3 * UNKNOWN.length, packetsRefused: 0 });
  });

  test("leave complete, with the interface's address under autosrc", { timeout: 30_000 }, async () => {
    await graph.all(...THROUGH, "msg em0: setautosrc 1");
    const probe = [process.execPath, `${ROOT}tests/hosts/probe/tcp-digest.mjs`];
    const receiver = new Background(hosts.right.exec([...probe, "receive", hosts.right.ipv4, "5000"]));
    running.push(receiver);
    await receiver.until("the receiver", () => receiver.stdout.includes("ready"));
    const sent = must(hosts.left.exec([...probe, "send", hosts.right.ipv4, "5000", String(4 << 20)]));
    const { stdout } = await receiver.ended(10_000);
    expect(stdout).toContain(sent);
  });

  test("follow their interface down and up, under a new name, and until it is deleted", async () => {
    await graph.all(...THROUGH);
    expect(pings(hosts.right.ipv4)).toContain("10 received");
    ip("link", "set", "em0", "down");
    ip("link", "set", "em0", "name", "wan0");
    ip("link", "set", "wan0", "up");
    const renamed = await graph.until(({ nodes }) => "wan0" in nodes);
    expect(renamed.nodes["wan0"]!.hooks).toEqual(["lower", "upper"]);
    await graph.until(() => pingsOnce());
    expect(pings(hosts.right.ipv4)).toContain("10 received");
    ip("link", "delete", "wan0");
    const gone = await graph.until(({ nodes }) => !("wan0" in nodes));
    expect(Object.keys(gone.nodes).toSorted()).toEqual(["ngctl"]);
    expect(ip("-o", "link").trim().split("\n")).toHaveLength(1);
  });

  test("are not taken twice: a second graph is refused", async () => {
    await graph.all(...THROUGH);
    const second = new GraphDriver(hosts.left, ["env", "NGFLOW_INLINE=em0"]);
    try {
      expect((await second.run("mkpeer em0: hole lower a")).errno).toBe(16);
      expect(pings(hosts.right.ipv4)).toContain("10 received");
    } finally {
      second.stop();
    }
  });
});
