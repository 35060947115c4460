import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { Background, must, NGCTL, NGFLOW, ROOT, run } from "../support/command.ts";
import { type Host, TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl", "awk");

const SCRIPTS = join(ROOT, "apps/ngflow/src/explain/testdata/public");
const PINGS = 12;
/** Looks, 20 ms apart, for pings that are late. */
const PATIENCE = 100;

/** Scripts that run here, with their arguments and the values that rc.conf would have. */
const LIVE: readonly (readonly [script: string, args?: readonly string[], set?: Readonly<Record<string, string>>])[] = [
  [
    "02-opnsense-rcd-netflow.sh",
    ["start"],
    {
      netflow_interfaces: "em0",
      netflow_em0_int_destination: "127.0.0.1:2055",
      netflow_em0_destinations: "",
      netflow_inactive_timeout: "15",
      netflow_active_timeout: "1800",
    },
  ],
  ["06-wanguard-file.sh", ["start"]],
  ["08-wrong-order.sh"],
  ["10-cni-eiface.sh"],
  ["11-imunes-link.sh"],
  ["12-vmware-bridge.sh"],
  ["13-brouted-igc.sh"],
  ["15-one2many-page.sh"],
  ["17-ether-page.sh"],
  ["19-mkcar-shaper.sh"],
  ["20-car-page.sh"],
  ["21-etf-page.sh"],
  ["22-vlan-page.sh"],
  ["23-pfatt.sh"],
  ["30-ngbuddy.sh", ["start"]],
  ["e1-ether.bridge.sh", ["start"]],
];

/** Programs of FreeBSD that the scripts call, as far as they matter here. `$0.log` gets the status of each ngctl. */
const SHIMS: Readonly<Record<string, string>> = {
  ngctl: `${NGCTL.join(" ")} --control "$CONTROL" "$@"; s=$?; echo $s >> "$0.log"; exit $s`,
  ifconfig: 'ip link show dev "$1" > /dev/null 2>&1',
  kldstat: "exit 1",
  kldload: "exit 0",
  jexec: 'shift; exec "$@"',
  himage: 'shift; exec "$@"',
  sudo: 'exec "$@"',
};

const RC_SUBR = `load_rc_config() { :; }
err() { exit "$1"; }
run_rc_command() { eval "_cmd=\\\${\${1}_cmd}"; eval "$_cmd"; }
`;

interface Row {
  readonly interface: string;
  readonly direction: "in" | "out";
  readonly passed: readonly string[];
  readonly duplicated: boolean;
  readonly spread: readonly unknown[];
}

interface Explained {
  readonly interfaces: readonly string[];
  readonly steps: readonly { readonly outcome: string; readonly traffic: readonly Row[] }[];
  readonly end: { readonly traffic: readonly Row[] } | null;
}

describe("explain's verdict on a public script agrees with the script, run by sh", () => {
  let hosts: TwoHosts | undefined;
  let graph: Background | undefined;
  let folder = "";

  afterEach(async () => {
    await graph?.stop("SIGKILL");
    hosts?.remove();
    [hosts, graph] = [undefined, undefined];
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  const addressOf = (host: Host, index: number): string => host.ipv4.replace("10.77", `10.${77 + index}`);

  /** Two hosts that are connected by each of the interfaces, with fixed neighbours, so that only the pings are sent. */
  function connect(devices: readonly string[]): TwoHosts {
    const two = new TwoHosts(devices[0] ?? "em0");
    const sides = [two.left, two.right] as const;
    const [left, right] = [two.left.namespace, two.right.namespace];
    for (const [i, device] of devices.entries()) {
      if (i > 0) {
        must(["ip", "-n", left, "link", "add", device, "type", "veth", "peer", "name", device, "netns", right]);
        for (const host of sides) {
          must(["ip", "-n", host.namespace, "address", "add", `${addressOf(host, i)}/24`, "dev", device]);
          must(["ip", "-n", host.namespace, "link", "set", device, "up"]);
        }
      }
      for (const [host, other] of [sides, [sides[1], sides[0]] as const]) {
        must(host.exec(["sysctl", "-q", "-w", `net.ipv6.conf.${device}.disable_ipv6=1`]));
        const [{ address }] = JSON.parse(must(["ip", "-n", other.namespace, "-j", "link", "show", device])) as [
          { address: string },
        ];
        const neighbour = ["neigh", "replace", addressOf(other, i), "lladdr", address, "nud", "permanent"];
        must(["ip", "-n", host.namespace, ...neighbour, "dev", device]);
      }
    }
    for (const host of sides) must(host.exec(["sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_all=1"]));
    must(["ip", "-n", left, "route", "add", "default", "via", two.right.ipv4]);
    return two;
  }

  /** Writes the script and the programs that it calls. Returns the words that run it. */
  function prepare(name: string, args: readonly string[], set: Readonly<Record<string, string>>): string[] {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    for (const [program, body] of Object.entries(SHIMS)) {
      writeFileSync(join(bin, program), `#!/bin/sh\n${body}\n`);
      chmodSync(join(bin, program), 0o755);
    }
    writeFileSync(join(folder, "rc.subr"), RC_SUBR);
    const text = readFileSync(join(SCRIPTS, name), "utf8")
      .replaceAll(/\/(?:usr\/)?s?bin\/(ngctl|kldload|ifconfig)/g, "$1")
      .replaceAll("/usr/bin/", "")
      .replaceAll(/\/(?:var\/)?(?:tmp|log)\//g, `${folder}/`)
      .replaceAll("/etc/rc.subr", join(folder, "rc.subr"));
    writeFileSync(join(folder, name), text);
    const values = Object.entries(set).map(([variable, value]) => `${variable}=${value}`);
    const env = [`PATH=${bin}:${process.env["PATH"]}`, `CONTROL=${join(folder, "control.sock")}`, ...values];
    return ["env", ...env, "sh", join(folder, name), ...args];
  }

  function echoesAt(host: Host): number {
    const [names = "", values = ""] = must(host.exec(["cat", "/proc/net/snmp"])).match(/^Icmp: .*$/gm) ?? [];
    return Number(values.split(" ")[names.split(" ").indexOf("InEchos")]);
  }

  /** How many times each ping arrives at the other host on average, once no more come. */
  async function arrivals(from: Host, to: Host, index: number, expected: number): Promise<number> {
    const before = echoesAt(to);
    run(from.exec(["ping", "-q", "-i", "0.01", "-W", "0.1", "-c", String(PINGS), addressOf(to, index)]));
    let found = echoesAt(to) - before;
    for (let patience = PATIENCE; patience > 0; patience--) {
      const seen = found;
      await setTimeout(20);
      found = echoesAt(to) - before;
      if (found === seen && found >= expected * PINGS) break;
    }
    return found / PINGS;
  }

  test.for(LIVE)("%s", { timeout: 180_000 }, async ([name, args = [], set = {}], ctx) => {
    ctx.skip(missing !== undefined, missing);
    folder = mkdtempSync(join(tmpdir(), "ngflow-public-"));
    const values = Object.entries(set).flatMap(([variable, value]) => ["--set", `${variable}=${value}`]);
    const printed = run([...NGFLOW, "explain", "--format", "json", ...values, join(SCRIPTS, name), ...args]).stdout;
    const explained = JSON.parse(printed) as Explained;
    const two = connect(explained.interfaces);
    hosts = two;
    const inline = explained.interfaces.flatMap((device) => ["--inline", device]);
    const control = join(folder, "control.sock");
    graph = new Background(two.left.exec([...NGFLOW, "graph", "--force", ...inline, "--control", control]));
    await graph.until("ngflow graph", () => graph!.stdout.includes(control));

    run(two.left.exec(prepare(name, args, set)), { timeoutMs: 60_000 });
    const statuses = readFileSync(join(folder, "bin/ngctl.log"), "utf8").trim().split("\n").map(Number);
    const refused = explained.steps.filter(({ outcome }) => outcome === "refused").length;
    expect({ name, failed: statuses.filter((status) => status !== 0).length }).toEqual({ name, failed: refused });

    for (const row of (explained.end ?? explained.steps.at(-1)!).traffic) {
      const [from, to] = row.direction === "in" ? [two.right, two.left] : [two.left, two.right];
      const whole = !row.passed.includes("icmp") ? 0 : row.duplicated ? "more" : row.spread.length > 0 ? "some" : 1;
      const found = await arrivals(from, to, explained.interfaces.indexOf(row.interface), whole === 0 ? 0 : 1);
      const seen = found > 1 ? "more" : found > 0 && found < 1 ? "some" : found;
      expect([name, row.interface, row.direction, seen]).toEqual([name, row.interface, row.direction, whole]);
    }
  });
});
