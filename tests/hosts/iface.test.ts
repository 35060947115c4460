import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { must, run } from "../support/command.ts";
import { type Host, TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { GraphDriver } from "./probe/graph-driver.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "setpriv");
const PORT = 4028;

describe("iface on a host", () => {
  let hosts: TwoHosts;
  const graphs: GraphDriver[] = [];

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts();
  });

  afterEach(() => {
    for (const graph of graphs.splice(0)) graph.stop();
    if (missing === undefined) hosts.remove();
  });

  function start(host: Host, prefix?: readonly string[]): GraphDriver {
    const graph = new GraphDriver(host, prefix);
    graphs.push(graph);
    return graph;
  }

  const ip = (host: Host, ...words: string[]): string => must(["ip", "-n", host.namespace, ...words]);
  const exists = (host: Host, name: string): boolean =>
    run(["ip", "-n", host.namespace, "link", "show", name]).status === 0;
  const ping = (host: Host, ...words: string[]): string =>
    must(host.exec(["ping", "-q", "-c", "5", "-i", "0.2", "-w", "10", ...words]));

  /** One end of FreeBSD's udp.tunnel, with a second socket for IPv6. */
  async function tunnel(host: Host, far: Host, own: number, other: number): Promise<GraphDriver> {
    const graph = start(host);
    await graph.all(
      "mkpeer . iface dummy inet",
      "rmhook . dummy",
      "mkpeer ng0: ksocket inet inet/dgram/udp",
      `msg ng0:inet bind inet/${host.ipv4}:${PORT}`,
      `msg ng0:inet connect inet/${far.ipv4}:${PORT}`,
      "mkpeer ng0: ksocket inet6 inet/dgram/udp",
      `msg ng0:inet6 bind inet/${host.ipv4}:${PORT + 1}`,
      `msg ng0:inet6 connect inet/${far.ipv4}:${PORT + 1}`,
    );
    ip(host, "address", "add", `192.168.${own}.1`, "peer", `192.168.${other}.1`, "dev", "ng0");
    ip(host, "address", "add", `fd99::${own}/64`, "dev", "ng0", "nodad");
    ip(host, "link", "set", "ng0", "up");
    return graph;
  }

  test("two interfaces are a tunnel over UDP, for IPv4 and IPv6", async () => {
    const { left, right } = hosts;
    const near = await tunnel(left, right, 1, 2);
    await tunnel(right, left, 2, 1);
    expect(ping(left, "192.168.2.1")).toContain("5 received");
    expect(ping(right, "-6", "fd99::1")).toContain("5 received");
    // As large as the MTU allows: the datagrams around them are cut into fragments on the way.
    expect(ping(left, "-M", "do", "-s", "1472", "192.168.2.1")).toContain("5 received");
    const { nodes } = await near.all("show");
    const { counters } = nodes["ng0"]!;
    expect(counters["packetsSent"]).toBeGreaterThanOrEqual(15);
    expect(counters["packetsReceived"]).toBeGreaterThanOrEqual(15);
    expect(counters).toMatchObject({ wrongFamily: 0, refused: 0, unknownFamily: 0 });
  });

  test("loses what its hook is not there for, and what is not of the hook's protocol", async () => {
    const { left } = hosts;
    const graph = start(left);
    await graph.all("mkpeer . iface a inet", "rmhook . a", "mkpeer ng0: hub inet x", "mkpeer ng0:inet iface y inet6");
    for (const name of ["ng0", "ng1"]) ip(left, "link", "set", name, "up");
    ip(left, "address", "add", "10.99.0.1/24", "dev", "ng0");
    ip(left, "address", "add", "fd98::1/64", "dev", "ng0", "nodad");
    run(left.exec(["ping", "-q", "-c", "3", "-i", "0.2", "-W", "1", "10.99.0.2"]));
    run(left.exec(["ping", "-6", "-q", "-c", "3", "-i", "0.2", "-W", "1", "fd98::2"]));
    const { nodes } = await graph.all("show");
    // IPv4 reaches the other interface by its hook for IPv6; IPv6 has no hook here.
    expect(nodes["ng1"]!.counters["wrongFamily"]).toBeGreaterThanOrEqual(3);
    expect(nodes["ng1"]!.counters["packetsReceived"]).toBe(0);
    expect(nodes["ng0"]!.counters["unconnected"]).toBeGreaterThanOrEqual(3);
  });

  test("begins down, and says its number, and what it may become while it is down", async () => {
    const { left } = hosts;
    const graph = start(left);
    await graph.all("mkpeer . iface a inet");
    expect(ip(left, "link", "show", "ng0")).toMatch(/POINTOPOINT.*state DOWN/);
    const [index] = (await graph.all("msg ng0: getifindex")).replies;
    expect(Buffer.from(index!, "hex").readUInt32LE(0)).toBe(
      Number(/^(\d+): ng0/m.exec(ip(left, "link", "show", "ng0"))![1]),
    );
    await graph.all("msg ng0: broadcast", "msg ng0: point2point");
    ip(left, "link", "set", "ng0", "up");
    expect((await graph.run("msg ng0: broadcast")).errno).toBe(16);
    ip(left, "link", "set", "ng0", "down");
    expect((await graph.run("write a 1")).errno).toBe(0);
    // Not IP, and the interface is down: neither is received.
    expect((await graph.run("show")).nodes["ng0"]!.counters).toMatchObject({ wrongFamily: 1, packetsReceived: 0 });
  });

  test("the interface goes with its node, and with the process", async () => {
    const { left } = hosts;
    const graph = start(left);
    await graph.all("mkpeer . iface a inet", "mkpeer . iface b inet");
    expect([exists(left, "ng0"), exists(left, "ng1")]).toEqual([true, true]);
    await graph.all("shutdown ng0:");
    expect([exists(left, "ng0"), exists(left, "ng1")]).toEqual([false, true]);
    await graph.all("mkpeer . iface c inet");
    expect((await graph.all("show")).nodes["ng0"]!.type).toBe("iface");
    graph.stop();
    await expect.poll(() => exists(left, "ng0") || exists(left, "ng1"), { timeout: 5000 }).toBe(false);
  });

  test("is refused without the privilege", async () => {
    const graph = start(hosts.left, ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]);
    expect((await graph.run("mkpeer . iface a inet")).errno).toBe(1);
    expect(Object.keys((await graph.run("show")).nodes)).not.toContain("iface");
  });
});
