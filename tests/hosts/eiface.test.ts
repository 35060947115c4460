import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { must, run } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { GraphDriver } from "./probe/graph-driver.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "setpriv");

describe("eiface on a host", () => {
  let hosts: TwoHosts;
  let graph: GraphDriver;
  let inner: string;
  let serial = 0;

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    inner = `ngflow-${process.pid}-inner-${++serial}`;
    hosts = new TwoHosts();
    graph = new GraphDriver(hosts.left);
  });

  afterEach(() => {
    if (missing !== undefined) return;
    graph.stop();
    run(["ip", "netns", "delete", inner]);
    hosts.remove();
  });

  const ip = (...words: string[]): string => must(["ip", "-n", hosts.left.namespace, ...words]);

  test.each(["hub", "bridge"])("two interfaces reach each other through a %s", async (type) => {
    const [first, second] = type === "hub" ? ["a", "b"] : ["link0", "link1"];
    await graph.all(
      "mkpeer . eiface e ether",
      "rmhook . e",
      `mkpeer ngeth0: ${type} ether ${first}`,
      "name ngeth0:ether segment",
      `mkpeer segment: eiface ${second} ether`,
      "msg ngeth1: set 02:00:00:00:07:01",
    );
    expect(ip("link", "show", "ngeth1")).toContain("02:00:00:00:07:01");
    // One of the two moves to a host of its own: a host does not send to itself over a wire.
    must(["ip", "netns", "add", inner]);
    ip("link", "set", "ngeth1", "netns", inner);
    for (const [namespace, device, address] of [
      [hosts.left.namespace, "ngeth0", "10.78.0.1/24"],
      [inner, "ngeth1", "10.78.0.2/24"],
    ] as const) {
      must(["ip", "-n", namespace, "address", "add", address, "dev", device]);
      must(["ip", "-n", namespace, "link", "set", device, "up"]);
    }
    const ping = must(hosts.left.exec(["ping", "-q", "-c", "5", "-i", "0.2", "-w", "10", "10.78.0.2"]));
    expect(ping).toContain("5 received");
    const { nodes } = await graph.all("show");
    expect(nodes["ngeth0"]!.counters["framesSent"]).toBeGreaterThanOrEqual(5);
    expect(nodes["ngeth0"]!.counters["framesReceived"]).toBeGreaterThanOrEqual(5);
    expect(nodes["ngeth0"]!.type).toBe("eiface");
  });

  test("its link follows the hook, and the interface goes with the node", async () => {
    await graph.all("mkpeer . eiface e ether");
    ip("link", "set", "ngeth0", "up");
    expect(ip("link", "show", "ngeth0")).toContain("LOWER_UP");
    await graph.all("rmhook . e");
    expect(ip("link", "show", "ngeth0")).toContain("NO-CARRIER");
    expect((await graph.run("shutdown ngeth0:")).nodes["ngeth0"]).toBeUndefined();
    expect(run(["ip", "-n", hosts.left.namespace, "link", "show", "ngeth0"]).status).not.toBe(0);
  });

  test("is refused without the privilege", async () => {
    graph.stop();
    graph = new GraphDriver(hosts.left, ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]);
    expect((await graph.run("mkpeer . eiface e ether")).errno).toBe(1);
    expect(Object.keys((await graph.run("show")).nodes)).not.toContain("eiface");
  });
});
