import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, must, ROOT } from "../support/command.ts";
import { type Host, TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { GraphDriver } from "./probe/graph-driver.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl", "tcpdump");
const TRANSFER_BYTES = 4 << 20;
const TCP_PORT = 5000;

describe("inline nodes that change headers", () => {
  let hosts: TwoHosts;
  let graph: GraphDriver;
  const running: Background[] = [];

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts("em0");
    graph = new GraphDriver(hosts.left, ["env", "NGFLOW_INLINE=em0"]);
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop("SIGKILL")));
    if (missing !== undefined) return;
    graph.stop();
    hosts.remove();
  });

  const ip = (host: Host, ...words: string[]): string => must(["ip", "-n", host.namespace, ...words]);

  /** Sends bytes over TCP; they have to arrive whole. */
  async function expectTransfer(from: Host, to: Host, address: string): Promise<void> {
    const probe = [process.execPath, `${ROOT}tests/hosts/probe/tcp-digest.mjs`];
    const receiver = new Background(to.exec([...probe, "receive", address, String(TCP_PORT)]));
    running.push(receiver);
    await receiver.until("the receiver", () => receiver.stdout.includes("ready"));
    const sent = must(from.exec([...probe, "send", address, String(TCP_PORT), String(TRANSFER_BYTES)]));
    await receiver.ended(30_000);
    expect(JSON.parse(sent)).toMatchObject({ length: TRANSFER_BYTES });
    expect(receiver.stdout).toContain(sent.trim());
  }

  test("a VLAN of the wire is an interface of its own, and the rest is the host's", { timeout: 120_000 }, async () => {
    const far = new GraphDriver(hosts.right, ["env", "NGFLOW_INLINE=em0"]);
    try {
      for (const [driver, host, address] of [
        [graph, hosts.left, "10.78.0.1"],
        [far, hosts.right, "10.78.0.2"],
      ] as const) {
        await driver.all(
          "mkpeer em0: vlan lower downstream",
          "name em0:lower vlan",
          "connect em0: vlan: upper nomatch",
          "mkpeer vlan: eiface vlan123 ether",
          'msg vlan: addfilter { vlan=123 pcp=5 hook="vlan123" }',
        );
        ip(host, "address", "add", `${address}/24`, "dev", "ngeth0");
        ip(host, "link", "set", "ngeth0", "mtu", "1496", "up");
      }
      const tcpdump = new Background(hosts.right.exec(["tcpdump", "-e", "-n", "-l", "-Q", "in", "-i", "em0", "vlan"]));
      running.push(tcpdump);
      await tcpdump.until("tcpdump", () => tcpdump.stderr.includes("listening on"));
      must(hosts.left.exec(["ping", "-q", "-c", "3", "-i", "0.1", "-W", "5", "10.78.0.2"]));
      await tcpdump.until("tagged frames", () => tcpdump.stdout.includes("vlan 123, p 5"));
      await tcpdump.stop();
      await expectTransfer(hosts.left, hosts.right, "10.78.0.2");
      await expectTransfer(hosts.right, hosts.left, "10.78.0.1");
      await expectTransfer(hosts.left, hosts.right, hosts.right.ipv4);
      const { nodes } = await graph.run("show");
      expect(nodes["vlan"]!.counters).toEqual({ runts: 0, unconnected: 0, noFilter: 0, filters: 1 });
    } finally {
      far.stop();
    }
  });

  test("packets that wait in a pipe are still finished by the interface", { timeout: 90_000 }, async () => {
    await graph.all(
      "mkpeer em0: pipe lower lower",
      "name em0:lower line",
      "connect em0: line: upper upper",
      "msg line: setcfg { delay=1000 }",
    );
    await expectTransfer(hosts.left, hosts.right, hosts.right.ipv4);
    await expectTransfer(hosts.right, hosts.left, hosts.left.ipv4);
  });

  /** Makes em0 carry IPv4 and nothing else. */
  function silence(): void {
    for (const [host, other] of [
      [hosts.left, hosts.right],
      [hosts.right, hosts.left],
    ] as const) {
      must(host.exec(["sysctl", "-q", "-w", "net.ipv6.conf.em0.disable_ipv6=1"]));
      const [{ address }] = JSON.parse(ip(other, "-j", "link", "show", "em0")) as [{ address: string }];
      ip(host, "neigh", "replace", other.ipv4, "lladdr", address, "nud", "permanent", "dev", "em0");
    }
  }

  test("patched packets have right checksums, those that the interface finishes too", { timeout: 90_000 }, async () => {
    silence();
    await graph.all(
      "mkpeer em0: patch upper in",
      "name em0:upper tos",
      "connect em0: tos: lower out",
      "msg tos: setdlt 1",
      "msg tos: setconfig { count=1 csum_flags=15 relative_offset=1 ops=[ { mode=1 value=0xb8 length=1 offset=1 } ] }",
    );
    const tcpdump = new Background(
      hosts.right.exec(["tcpdump", "-v", "-n", "-l", "-c", "20", "-Q", "in", "-i", "em0", "src", hosts.left.ipv4]),
    );
    running.push(tcpdump);
    await tcpdump.until("tcpdump", () => tcpdump.stderr.includes("listening on"));
    await expectTransfer(hosts.left, hosts.right, hosts.right.ipv4);
    await expectTransfer(hosts.right, hosts.left, hosts.left.ipv4);
    await tcpdump.until("20 packets", () => tcpdump.stderr.includes("20 packets captured"), 10_000);
    expect(tcpdump.stdout.match(/tos 0xb8/g)).toHaveLength(20);
    expect(tcpdump.stdout).not.toContain("bad cksum");
    const { nodes } = await graph.run("show");
    expect(nodes["tos"]!.counters["patched"]).toBeGreaterThan(20);
  });
});
