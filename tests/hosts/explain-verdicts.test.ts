import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { must, NGFLOW, ROOT, run } from "../support/command.ts";
import { TwoHosts, type Host } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { GraphDriver } from "./probe/graph-driver.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl");

const SCRIPTS = join(ROOT, "apps/ngflow/src/explain/testdata/scripts");
const scripts = readdirSync(SCRIPTS).filter((name) => name.endsWith(".ngctl"));
const PINGS = 3;
/** Looks, 20 ms apart, for pings that are late. */
const PATIENCE = 200;

interface Row {
  readonly interface: string;
  readonly direction: "in" | "out";
  readonly passed: readonly string[];
  readonly duplicated: boolean;
}

interface Step {
  readonly command: string;
  readonly outcome: string;
  readonly errno: number | null;
  readonly traffic: readonly Row[];
}

interface Explained {
  readonly interfaces: readonly string[];
  readonly steps: readonly Step[];
}

describe("explain's verdict on a script agrees with pings", () => {
  let hosts: TwoHosts;
  let graph: GraphDriver;

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts("em0");
    const [left, right] = [hosts.left.namespace, hosts.right.namespace];
    must(["ip", "-n", left, "link", "add", "em1", "type", "veth", "peer", "name", "em1", "netns", right]);
    for (const host of [hosts.left, hosts.right]) {
      const ip = ["ip", "-n", host.namespace];
      must([...ip, "address", "add", `${addressOf(host, "em1")}/24`, "dev", "em1"]);
      must([...ip, "link", "set", "em1", "up"]);
    }
    for (const device of ["em0", "em1"]) {
      for (const [host, other] of [
        [hosts.left, hosts.right],
        [hosts.right, hosts.left],
      ] as const) {
        must(host.exec(["sysctl", "-q", "-w", `net.ipv6.conf.${device}.disable_ipv6=1`]));
        const shown = must(["ip", "-n", other.namespace, "-j", "link", "show", device]);
        const [{ address }] = JSON.parse(shown) as [{ address: string }];
        const neighbour = ["neigh", "replace", addressOf(other, device), "lladdr", address, "nud", "permanent"];
        must(["ip", "-n", host.namespace, ...neighbour, "dev", device]);
      }
    }
    // The scripts' collectors are somewhere behind the other host, as on the machine that the model is of.
    must(["ip", "-n", left, "route", "add", "default", "via", hosts.right.ipv4]);
    // Only what is sent is looked at; an answer would be a packet more, and in a loop a storm.
    for (const host of [hosts.left, hosts.right]) {
      must(host.exec(["sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_all=1"]));
    }
    graph = new GraphDriver(hosts.left, ["env", "NGFLOW_INLINE=em0 em1"]);
  });

  afterEach(() => {
    if (missing !== undefined) return;
    graph.stop();
    hosts.remove();
  });

  function addressOf(host: Host, device: string): string {
    return device === "em0" ? host.ipv4 : host.ipv4.replace("10.77", "10.79");
  }

  /** Echo requests that the host's own stack has received; it does not answer them. */
  function echoesAt(host: Host): number {
    const [names = "", values = ""] = must(host.exec(["cat", "/proc/net/snmp"])).match(/^Icmp: .*$/gm) ?? [];
    return Number(values.split(" ")[names.split(" ").indexOf("InEchos")]);
  }

  /** How many times each ping of one host arrives at the other, once no more come. */
  async function arrivals(from: Host, to: Host, device: string, expected: number): Promise<number> {
    const before = echoesAt(to);
    run(from.exec(["ping", "-q", "-i", "0.02", "-W", "0.1", "-c", String(PINGS), addressOf(to, device)]));
    let found = echoesAt(to) - before;
    for (let patience = PATIENCE; patience > 0; patience--) {
      const seen = found;
      await setTimeout(20);
      found = echoesAt(to) - before;
      if (found === seen && found >= expected * PINGS) break;
    }
    return found / PINGS;
  }

  test.for(scripts)("%s: each cut, each direction, each step", async (name) => {
    const explained = JSON.parse(
      run([...NGFLOW, "explain", "--format", "json", join(SCRIPTS, name)]).stdout,
    ) as Explained;
    for (const step of explained.steps) {
      if (step.outcome !== "done" && step.errno === null) continue;
      const { errno } = await graph.run(step.command);
      expect({ command: step.command, errno }).toEqual({ command: step.command, errno: step.errno ?? 0 });
      for (const row of step.traffic) {
        const [from, to] = row.direction === "in" ? [hosts.right, hosts.left] : [hosts.left, hosts.right];
        const said = !row.passed.includes("icmp") ? 0 : row.duplicated ? "more" : 1;
        const found = await arrivals(from, to, row.interface, said === "more" ? 2 : said);
        const place = `after "${step.command}", ${row.interface} ${row.direction}`;
        expect([place, found > 1 ? "more" : found]).toEqual([place, said]);
      }
    }
  });
});
