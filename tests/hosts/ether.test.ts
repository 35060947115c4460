import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { must, run, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { GraphDriver } from "./probe/graph-driver.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl");

describe("ether nodes on real interfaces", () => {
  let hosts: TwoHosts;
  let graph: GraphDriver;

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts();
    // No host speaks unasked: frames counted before and after are those of the test.
    const silent = ["sysctl", "-q", "-w", "net.ipv6.conf.eth0.disable_ipv6=1"];
    for (const host of [hosts.left, hosts.right]) must(host.exec(silent));
    graph = new GraphDriver(hosts.left);
  });

  afterEach(() => {
    if (missing !== undefined) return;
    graph.stop();
    hosts.remove();
  });

  const ip = (...words: string[]): string => must(["ip", "-n", hosts.left.namespace, ...words]);
  const pings = (count: number): string =>
    must(hosts.left.exec(["ping", "-q", "-i", "0.01", "-c", String(count), hosts.right.ipv4]));
  const pingsOnce = (): boolean =>
    run(hosts.left.exec(["ping", "-q", "-c", "1", "-W", "1", hosts.right.ipv4])).status === 0;
  /** What the kernel says of eth0. */
  const link = (): { promiscuity: number; address: string } =>
    (JSON.parse(ip("-d", "-j", "link", "show", "eth0")) as { promiscuity: number; address: string }[])[0]!;

  test("appear, are renamed and vanish with their interfaces", async () => {
    const { nodes } = await graph.run("show");
    expect(Object.keys(nodes).toSorted()).toEqual(["eth0", "ngctl"]);
    ip("link", "add", "lan.7", "type", "veth", "peer", "name", "wan8");
    const made = await graph.until(({ nodes }) => "lan_7" in nodes && "wan8" in nodes);
    expect(Object.keys(made.nodes).toSorted()).toEqual(["eth0", "lan_7", "ngctl", "wan8"]);
    ip("link", "set", "wan8", "name", "wan.9");
    const renamed = await graph.until(({ nodes }) => "wan_9" in nodes);
    expect(Object.keys(renamed.nodes).toSorted()).toEqual(["eth0", "lan_7", "ngctl", "wan_9"]);
    ip("link", "delete", "lan.7");
    const gone = await graph.until(({ nodes }) => Object.keys(nodes).length === 2);
    expect(Object.keys(gone.nodes).toSorted()).toEqual(["eth0", "ngctl"]);
  });

  test("observe every frame in both directions, exactly, and cut nothing", async () => {
    await graph.all("mkpeer eth0: hole lower a", "mkpeer eth0: hole upper b");
    const before = hosts.counters(hosts.left);
    expect(pings(50)).toContain("50 received");
    const { nodes } = await graph.all("drain");
    const after = hosts.counters(hosts.left);
    const received = after.rxPackets - before.rxPackets;
    const sent = after.txPackets - before.txPackets;
    expect(nodes["eth0"]!.counters).toMatchObject({
      packetsSeen: received + sent,
      bytesSeen: after.rxBytes - before.rxBytes + after.txBytes - before.txBytes,
      packetsReceived: received,
      packetsSent: sent,
      packetsDropped: 0,
      hookNotConnected: 0,
    });
  });

  test("take frames back without sending or receiving them twice", async () => {
    await graph.all("mkpeer eth0: hub lower a", "name eth0:lower hub", "connect eth0: hub: upper b");
    const before = hosts.counters(hosts.left);
    expect(pings(20)).toMatch(/20 received(?!.*duplicates)/);
    const { nodes } = await graph.all("drain");
    const after = hosts.counters(hosts.left);
    const frames = after.rxPackets - before.rxPackets + after.txPackets - before.txPackets;
    expect(nodes["eth0"]!.counters).toMatchObject({ packetsSeen: frames, discardedInObserveMode: frames });
    expect(frames).toBeLessThan(60);
  });

  test("end with their interface, and so do nodes connected to them only", async () => {
    await graph.all("mkpeer eth0: hole lower a", "mkpeer eth0:lower ksocket x inet/dgram/udp");
    hosts.cut();
    const { nodes } = await graph.until(({ nodes }) => !("eth0" in nodes));
    expect(Object.values(nodes).map(({ type }) => type)).not.toContain("ether");
    expect((await graph.run("msg eth0: getifname")).errno).toBe(2);
  });

  test("are connected while their interface is down, and receive packets once it is up", async () => {
    ip("link", "set", "eth0", "down");
    await graph.until(() => false, 200);
    await graph.all("mkpeer eth0: hole lower a", "name eth0:lower sink");
    ip("link", "set", "eth0", "up");
    await graph.until(() => pingsOnce(), 5000);
    const reached = await graph.all("drain");
    expect(reached.nodes["eth0"]!.counters["packetsReceived"]).toBeGreaterThan(0);
  });

  test("switch promiscuous mode, which ends with the last hook", async () => {
    await graph.all("mkpeer eth0: hole lower a", "msg eth0: setpromisc 1");
    expect(link().promiscuity).toBe(1);
    await graph.all("rmhook eth0: lower");
    expect(link().promiscuity).toBe(0);
  });

  test("set the address and join groups", async () => {
    await graph.all("mkpeer eth0: hole lower a", "msg eth0: setenaddr 2:0:0:0:0:55", "msg eth0: addmulti 1:0:5e:1:2:3");
    expect(link().address).toBe("02:00:00:00:00:55");
    expect((await graph.run("msg eth0: getenaddr")).replies).toEqual(["020000000055"]);
    expect(ip("maddress", "show", "dev", "eth0")).toContain("01:00:5e:01:02:03");
    await graph.all("msg eth0: delmulti 1:0:5e:1:2:3");
    expect(ip("maddress", "show", "dev", "eth0")).not.toContain("01:00:5e:01:02:03");
  });

  test("answer a connect without the privilege with EPERM, and stay", async () => {
    graph.stop();
    graph = new GraphDriver(hosts.left, ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"]);
    expect((await graph.run("mkpeer eth0: hole lower a")).errno).toBe(1);
    const { nodes } = await graph.run("show");
    expect(nodes["eth0"]).toMatchObject({ type: "ether", hooks: [] });
    expect(nodes["hole"]).toBeUndefined();
  });

  test("receive nothing while nothing is connected", async () => {
    await graph.all("mkpeer eth0: hole lower a", "rmhook eth0: lower");
    pings(5);
    await sleep(100);
    const { nodes } = await graph.run("show");
    expect(nodes["eth0"]!.counters).toMatchObject({ packetsReceived: 0, packetsSent: 0 });
  });
});
