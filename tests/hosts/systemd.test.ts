import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { cannotBoot, SystemdMachine } from "../support/systemd-machine.ts";
import { Pinger } from "./probe/pinger.ts";

const missing =
  absentPrivilege() ??
  absentTools("ip", "ping", "nsenter", "unshare", "mount", "systemctl", "systemd-sysusers") ??
  cannotBoot();
const UNITS = ["ngflow-serve", "ngflow-collect", "ngflow-graph"];
const LONG = { timeout: 180_000 };
/** What the lines between the cut and the way back may take on a busy machine. */
const REWIRING_MS = 200;
const CAPABILITIES = { observe: 1n << 13n, inline: (1n << 12n) | (1n << 13n) | (1n << 39n) };

let hosts: TwoHosts;
let machine: SystemdMachine;
let pinger: Pinger | undefined;

beforeEach(async (ctx) => {
  ctx.skip(missing !== undefined, missing);
  hosts = new TwoHosts("em0");
  machine = await SystemdMachine.boot(hosts.left);
});
afterEach(async () => {
  if (missing !== undefined) return;
  await pinger?.stop();
  pinger = undefined;
  await machine.remove();
  hosts.remove();
});

function states(): Record<string, string> {
  return Object.fromEntries(UNITS.map((unit) => [unit, machine.run(["systemctl", "is-active", unit]).stdout.trim()]));
}

const all = (state: string): Record<string, string> => Object.fromEntries(UNITS.map((unit) => [unit, state]));

function status(): string {
  return machine.run(["ngflow", "service", "ng_netflow", "status"]).stdout;
}

/** ICMP packets that the store knows of. */
function stored(): number {
  const words = [
    "ngflow",
    "query",
    "--data",
    "/var/lib/ngflow",
    "--by",
    "Proto",
    "--metric",
    "packets",
    "--last",
    "1h",
  ];
  const { stdout } = machine.run([...words, "--format", "csv"]);
  return Number(/^icmp,(\d+)/m.exec(stdout)?.[1] ?? 0);
}

function configure(...assignments: readonly string[]): void {
  const variables = ["interface=em0", "collect_addr=127.0.0.1", ...assignments];
  machine.must(["ngflow", "sysrc", ...variables.map((each) => `ng_netflow_${each}`)]);
}

test.for(["observe", "inline"] as const)(
  "%s: a machine that boots meters, and shuts down without loss",
  LONG,
  async (mode) => {
    const inline = mode === "inline" ? ["--inline", "em0"] : [];
    const installed = machine.must(["ngflow", "service", "install", ...inline]);
    const words = "/opt/bin/node /opt/ngflow/apps/ngflow/bin/ngflow.js graph ";
    expect(readFileSync(machine.path("/etc/systemd/system/ngflow-graph.service"), "utf8")).toContain(
      `ExecStart=${words}`,
    );
    expect(installed).toContain("run systemctl enable ngflow-serve ngflow-collect ngflow-graph\n");
    configure("enable=YES", ...(mode === "inline" ? ["mode=inline"] : []));
    expect(states()).toEqual(all("inactive"));

    // Installed and enabled, nothing is started: the next boot does it.
    await machine.powerOff();
    pinger = new Pinger(hosts.right, hosts.left.ipv6, 4000, 0.02);
    await pinger.reply(0);
    await machine.powerOn();
    expect(states(), machine.run(["journalctl", "--no-pager", "-u", "ngflow-*"]).stdout).toEqual(all("active"));
    const pid = machine.must(["systemctl", "show", "-P", "MainPID", "ngflow-graph"]).trim();
    expect(status()).toContain(
      `ng_netflow is running as pid ${pid}.\n  interfaces  em0\n  collector   127.0.0.1 port 4444\n`,
    );
    expect(machine.must(["journalctl", "--no-pager", "-u", "ngflow-graph"])).not.toMatch(/WARNING|ERROR/);

    // Each runs as an unprivileged user, with only the capabilities it needs.
    for (const unit of UNITS) {
      const main = machine.must(["systemctl", "show", "-P", "MainPID", unit]).trim();
      const about = machine.must(["cat", `/proc/${main}/status`]);
      // The first thread of the graph's process serves the control socket, and has dropped the capabilities of the
      // others.
      expect(about, unit).toMatch(/^CapEff:\s+0+$/m);
      const threads = machine.must(["sh", "-c", `cat /proc/${main}/task/*/status`]);
      const effective = Array.from(threads.matchAll(/^CapEff:\s+(\w+)$/gm), ([, set]) => BigInt(`0x${set}`));
      const held = unit === "ngflow-graph" ? [0n, CAPABILITIES[mode]] : [0n];
      expect(new Set(effective), unit).toEqual(new Set(held));
      expect(about, unit).toMatch(/^NoNewPrivs:\s+1$/m);
      expect(about, unit).toMatch(/^Seccomp:\s+2$/m);
      expect(about, unit).not.toMatch(/^Uid:\s+0\b/m);
    }

    // Nothing that the daemons need is closed to them.
    expect(machine.run(["ngflow", "audit"], { timeoutMs: 60_000 }).stdout).toMatch(/^ok +stored/m);
    expect(machine.must(["journalctl", "--no-pager", "-u", "ngflow-*"])).not.toContain("cannot be read");

    // An orderly end with a full cache: graph, collector and store stop in the order of the data.
    machine.must(["ping", "-n", "-q", "-i", "0.02", "-c", "50", hosts.right.ipv4]);
    await machine.shutDown();
    await machine.powerOn();
    expect(states()).toEqual(all("active"));
    await expect.poll(stored, { timeout: 15_000 }).toBe(100);
    const { sent, replies } = await pinger.stop();
    expect(sent).toBeGreaterThan(100);
    const gaps = replies.slice(1).map((reply, at) => (reply.sequence - replies[at]!.sequence - 1) * 20);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(mode === "inline" ? REWIRING_MS : 0);

    const gone = machine.must(["ngflow", "service", "uninstall"], { timeoutMs: 120_000 });
    expect(gone).toContain("run systemctl disable --now ngflow-graph ngflow-collect ngflow-serve\n");
    expect(states()).toEqual(all("inactive"));
    expect(readdirSync(machine.path("/etc/systemd/system")).filter((name) => name.startsWith("ngflow"))).toEqual([]);
    expect(existsSync(machine.path("/var/lib/ngflow/store"))).toBe(true);
  },
);

test("not enabled: the graph is there and meters nothing", LONG, async () => {
  machine.must(["ngflow", "service", "install"]);
  configure();
  machine.must(["systemctl", "start", ...UNITS], { timeoutMs: 120_000 });
  expect(states()).toEqual(all("active"));
  expect(status()).toBe("ng_netflow is not running.\n");
});

test("a wrong rc.conf stops the graph with a line in the journal, and nothing else", LONG, async () => {
  machine.must(["ngflow", "service", "install"]);
  configure("enable=YES");
  const rcConf = machine.path("/etc/ngflow/rc.conf");
  writeFileSync(rcConf, `${readFileSync(rcConf, "utf8")}ng_netflow_collect_port="$(reboot)"\n`);
  expect(machine.run(["systemctl", "start", ...UNITS], { timeoutMs: 120_000 }).status).toBe(1);
  const journal = machine.must(["journalctl", "--no-pager", "-u", "ngflow-graph"]);
  expect(journal).toContain('/etc/ngflow/rc.conf:4: "$" in the value of ng_netflow_collect_port; ');
  expect(states()).toMatchObject({ "ngflow-serve": "active", "ngflow-collect": "active" });
});
