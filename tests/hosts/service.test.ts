import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Api } from "../support/api.ts";
import { Background, must, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { Machine } from "../support/machine.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { Pinger } from "./probe/pinger.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "nsenter", "mount", "sysctl");
const HTTP = "127.0.0.1:8080";
const MODES = ["observe", "inline"] as const;
const LONG = { timeout: 120_000 };
const INTERVAL_MS = 20;
/**
 * What the lines between the cut and the way back may take on a busy machine; it is a few milliseconds on a quiet one.
 */
const REWIRING_MS = 200;

describe("the article's last section, between two hosts", () => {
  let hosts: TwoHosts;
  let exporter: Machine;
  let collector: Machine;
  let api: Api;
  let running: Background[] = [];
  const pingers: Pinger[] = [];

  beforeEach(async (ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts("em0");
    exporter = await Machine.boot(hosts.left);
    collector = await Machine.boot(hosts.right);
    api = new Api(hosts.right, HTTP);
  });
  afterEach(async () => {
    if (missing !== undefined) return;
    for (const each of running.splice(0)) await each.stop("SIGKILL");
    for (const each of pingers.splice(0)) await each.stop();
    await exporter.remove();
    await collector.remove();
    hosts.remove();
  });

  async function startCollector(): Promise<void> {
    const collect = new Background(collector.exec(["ngflow", "collect"]));
    const serve = new Background(collector.exec(["ngflow", "serve"]));
    running = [collect, serve];
    await collect.until("ngflow collect", () => collect.stdout.includes("listening"));
    await serve.until("ngflow serve", () => serve.stdout.includes("console") && api.answers());
  }

  /** ICMP packets between the two hosts that the collector's store knows of, both directions. */
  function storedPings(): number {
    const { rows } = api.get<{ rows: Record<string, string | number>[] }>(
      "/query?by=Proto&metric=packets&last=1h&top=100",
    );
    return rows.filter((row) => row["Proto"] === "icmp").reduce((sum, row) => sum + Number(row["packets"]), 0);
  }

  /** How long pings of a pinger stayed unanswered at a stretch, in milliseconds. */
  async function longestCut(pinger: Pinger): Promise<number> {
    const { sent, replies } = await pinger.stop();
    expect(sent).toBeGreaterThan(50);
    const answered = new Set(replies.map(({ sequence }) => sequence));
    let longest = 0;
    // The last one may still have been on its way.
    for (let sequence = 1, lost = 0; sequence < sent; sequence++) {
      lost = answered.has(sequence) ? 0 : lost + 1;
      longest = Math.max(longest, lost);
    }
    return longest * INTERVAL_MS;
  }

  async function ping(to = hosts.left.ipv4): Promise<Pinger> {
    const pinger = new Pinger(hosts.right, to, 2000, INTERVAL_MS / 1000);
    pingers.push(pinger);
    await pinger.reply(0);
    return pinger;
  }

  function expectEverythingBack(): void {
    const list = exporter.must(["ngctl", "list"]);
    expect(list).toMatch(/Name: em0 +Type: ether +ID: \w+ +Num hooks: 0/);
    expect(list).not.toMatch(/netflow|nfsock/);
  }

  test.for(MODES)("%s: four sysrc, start, traffic, stop; again after a power failure", LONG, async (mode) => {
    await startCollector();
    if (mode === "inline") exporter.must(["ngflow", "sysrc", "ng_netflow_mode=inline"]);
    for (const [assignment, output] of [
      ["ng_netflow_enable=YES", "ng_netflow_enable:  -> YES\n"],
      ["ng_netflow_interface=em0", "ng_netflow_interface:  -> em0\n"],
      [`ng_netflow_collect_addr=${hosts.right.ipv4}`, `ng_netflow_collect_addr:  -> ${hosts.right.ipv4}\n`],
      ["ng_netflow_collect_port=4444", "ng_netflow_collect_port:  -> 4444\n"],
    ] as const) {
      expect(exporter.must(["ngflow", "sysrc", assignment])).toBe(output);
    }

    // A ping from before the start until after the stop sees how long the network is cut.
    const pinger = await ping();
    const started = exporter.run(["ngflow", "service", "ng_netflow", "start"]);
    expect(started.stderr).toBe("");
    expect(started.stdout).toMatch(/^ngflow graph started \(pid \d+\), control socket \/run\/ngflow\/control.sock\n$/);
    expect(started.status).toBe(0);
    const pid = readFileSync(exporter.path("/run/ngflow/control.pid"), "utf8").trim();
    const arguments_ = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    expect(arguments_.includes("--inline")).toBe(mode === "inline");
    const again = exporter.run(["ngflow", "service", "ng_netflow", "start"]);
    expect(again).toMatchObject({ status: 0, stderr: "", stdout: `ng_netflow is running as pid ${pid} already.\n` });

    exporter.must(["ping", "-n", "-q", "-i", "0.02", "-c", "50", hosts.right.ipv4]);
    await sleep(500);
    const { stdout: status } = exporter.run(["ngflow", "service", "ng_netflow", "status"]);
    expect(status).toContain(`ng_netflow is running as pid ${pid}.\n  interfaces  em0\n`);
    expect(status).toContain(`  collector   ${hosts.right.ipv4} port 4444\n`);
    expect(Number(/packetsAccounted (\d+)/.exec(status)?.[1])).toBeGreaterThan(100);

    expect(exporter.run(["ngflow", "service", "ng_netflow", "stop"])).toMatchObject({
      status: 0,
      stdout: "",
      stderr: "",
    });
    expectEverythingBack();
    expect(await longestCut(pinger)).toBeLessThanOrEqual(mode === "inline" ? REWIRING_MS : 0);
    await expect.poll(storedPings, { timeout: 10_000 }).toBeGreaterThan(100);
    const first = storedPings();

    // The machine loses its power with the exporter running, and boots: rc runs every script with `faststart`.
    exporter.must(["ngflow", "service", "ng_netflow", "start"]);
    const through = await ping(hosts.left.ipv6);
    await exporter.reboot();
    expect(exporter.run(["ngflow", "service", "ng_netflow", "faststart"])).toMatchObject({
      status: 0,
      stdout: "",
      stderr: "",
    });
    exporter.must(["ping", "-n", "-q", "-i", "0.02", "-c", "50", hosts.right.ipv4]);
    await sleep(500);
    expect(exporter.must(["ngflow", "service", "ng_netflow", "status"])).toMatch(
      /^ng_netflow is running as pid \d+\.\n/,
    );
    exporter.must(["ngflow", "service", "ng_netflow", "stop"]);
    expectEverythingBack();
    // The kernel of this "machine" goes on answering: what is missing is what the death of an inline daemon cut.
    expect(await longestCut(through)).toBeLessThanOrEqual(mode === "inline" ? REWIRING_MS : 0);
    await expect.poll(() => storedPings() - first, { timeout: 10_000 }).toBe(100);
  });

  test("inline with the only default route: the network is never cut, whatever rc.conf holds", LONG, async () => {
    must(["ip", "-n", hosts.left.namespace, "route", "add", "default", "via", hosts.right.ipv4]);
    const words = ["ng_netflow_mode=inline", "ng_netflow_interface=em0", `ng_netflow_collect_addr=${hosts.right.ipv4}`];
    exporter.must(["ngflow", "sysrc", "ng_netflow_enable=YES", ...words]);
    const rcConf = exporter.path("/etc/ngflow/rc.conf");
    const good = readFileSync(rcConf, "utf8");
    const pinger = await ping();
    exporter.must(["ngflow", "service", "ng_netflow", "start"]);
    exporter.must(["ngflow", "service", "ng_netflow", "stop"]);
    // With a daemon inline, a start that stops half way would be a network that is cut.
    const touch = "touch /run/touched";
    for (const name of ["interface", "collect_addr", "collect_port", "mode"]) {
      for (const value of [`$(${touch})`, `\`${touch}\``, '"', `em0\n${touch}`, "x".repeat(1 << 20), ""]) {
        writeFileSync(rcConf, `${good}ng_netflow_${name}="${value}"\n`);
        const { status, stdout, stderr } = exporter.run(["ngflow", "service", "ng_netflow", "start"]);
        expect([1, 78], `${name}=${value.slice(0, 40)}: ${stderr}`).toContain(status);
        expect(stdout).toBe("");
        expect(stderr).toMatch(/^ngflow.*\/etc\/ngflow\/rc\.conf:\d+: .*\n$/);
      }
    }
    expectEverythingBack();
    expect(existsSync(exporter.path("/run/touched"))).toBe(false);
    expect(await longestCut(pinger)).toBeLessThanOrEqual(REWIRING_MS);
  });

  test(
    "system shutdown flushes what is cached; a disabled service stays off at boot",
    { timeout: 60_000 },
    async () => {
      await startCollector();
      const variables = ["ng_netflow_interface=em0", `ng_netflow_collect_addr=${hosts.right.ipv6}`];
      exporter.must(["ngflow", "sysrc", ...variables]);
      exporter.must(["ngflow", "service", "ng_netflow", "onestart"]);
      exporter.must(["ping", "-n", "-q", "-i", "0.02", "-c", "20", hosts.right.ipv4]);
      await sleep(500);
      // What init does at shutdown: SIGTERM to every process.
      process.kill(Number(readFileSync(exporter.path("/run/ngflow/control.pid"), "utf8")), "SIGTERM");
      await expect.poll(storedPings, { timeout: 10_000 }).toBe(40);

      await exporter.reboot();
      expect(exporter.run(["ngflow", "service", "ng_netflow", "faststart"])).toMatchObject({ status: 0, stdout: "" });
      expect(exporter.run(["ngctl", "list"]).status).toBe(71);
    },
  );

  test("--wait: a daemon, an interface and a collector's name that appear late", LONG, async () => {
    exporter.must(["ngflow", "sysrc", "ng_netflow_interface=late0", "ng_netflow_collect_addr=collector.example"]);
    const start = (seconds: number): string[] => [
      "ngflow",
      "service",
      "ng_netflow",
      "onestart",
      "--wait",
      `${seconds}`,
    ];
    const ERROR = "ngflow service ng_netflow: ERROR: ";
    expect(exporter.run(start(1)).stderr).toMatch(
      /^.*ERROR: \/etc\/ngflow\/rc.conf:2: .*the host name collector.example has no address \(\w+\)/,
    );
    const waiting = new Background(exporter.exec(start(20)));
    running = [waiting];
    await sleep(1000);
    exporter.must(["sh", "-c", `echo ${hosts.right.ipv6} collector.example >> /etc/hosts`]);
    expect(exporter.run(start(1)).stderr).toBe(`${ERROR}no daemon answers on /run/ngflow/control.sock after 1 s\n`);
    running.push(new Background(exporter.exec(["ngflow", "graph"])));
    await running[1]!.until("ngflow graph", () => running[1]!.stdout.includes("control"));
    expect(exporter.run(start(1)).stderr).toBe(
      `${ERROR}/etc/ngflow/rc.conf:1: ng_netflow_interface: no such interface: late0; the interfaces are em0; nothing was changed\n`,
    );
    expect(waiting.running).toBe(true);
    must(["ip", "-n", hosts.left.namespace, "link", "add", "late0", "type", "veth", "peer", "name", "late1"]);
    expect(await waiting.ended(20_000)).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(exporter.must(["ngflow", "service", "ng_netflow", "status"])).toContain(
      `  interfaces  late0\n  collector   ${hosts.right.ipv6} port 4444\n`,
    );
  });

  test("two interfaces inline, and a collector by a name that has an IPv6 address", LONG, async () => {
    const [left, right] = [hosts.left.namespace, hosts.right.namespace];
    must(["ip", "-n", left, "link", "add", "em1", "type", "veth", "peer", "name", "em1", "netns", right]);
    for (const [namespace, address] of [
      [left, "10.78.0.1/24"],
      [right, "10.78.0.2/24"],
    ] as const) {
      must(["ip", "-n", namespace, "address", "add", address, "dev", "em1"]);
      must(["ip", "-n", namespace, "link", "set", "em1", "up"]);
    }
    exporter.must(["sh", "-c", `echo ${hosts.right.ipv6} collector.example >> /etc/hosts`]);
    const variables = ["enable=YES", "mode=inline", "interface=em0 em1", "collect_addr=collector.example"];
    exporter.must(["ngflow", "sysrc", ...variables.map((each) => `ng_netflow_${each}`)]);
    await startCollector();
    const pinged = await Promise.all([ping(hosts.left.ipv6), ping("10.78.0.1")]);
    exporter.must(["ngflow", "service", "ng_netflow", "start"]);
    expect(exporter.must(["ngflow", "service", "ng_netflow", "status"])).toContain(
      `  interfaces  em0 em1\n  collector   ${hosts.right.ipv6} port 4444\n`,
    );
    exporter.must(["ping", "-n", "-q", "-i", "0.02", "-c", "50", hosts.right.ipv4]);
    exporter.must(["ngflow", "service", "ng_netflow", "stop"]);
    expectEverythingBack();
    for (const each of pinged) expect(await longestCut(each)).toBeLessThanOrEqual(REWIRING_MS);
    const packets = (): Record<string, number> => {
      const path = "/query?by=SrcAddr&metric=packets&last=1h&top=100&filter=Proto%20%3D%20icmp";
      const { rows } = api.get<{ rows: Record<string, string | number>[] }>(path);
      return Object.fromEntries(rows.map((row) => [String(row["SrcAddr"]), Number(row["packets"])]));
    };
    await expect.poll(packets, { timeout: 10_000 }).toMatchObject({ "10.77.0.1": 50, "10.77.0.2": 50 });
    // Those of the other interface are as many as its pinger sent while the exporter ran, and each was answered.
    const { "10.78.0.1": answers, "10.78.0.2": requests } = packets();
    expect(requests).toBeGreaterThan(50);
    expect(Math.abs(requests! - answers!)).toBeLessThanOrEqual(1);
  });

  test("what cannot start leaves no daemon behind, and files are read in order", () => {
    const main = exporter.path("/etc/ngflow");
    exporter.must(["ngflow", "sysrc", "ng_netflow_interface=em9", "ng_netflow_collect_addr=10.9.9.9"]);
    const refused = exporter.run(["ngflow", "service", "ng_netflow", "onestart"]);
    expect(refused).toMatchObject({
      status: 1,
      stdout: "",
      stderr:
        "ngflow service ng_netflow: ERROR: /etc/ngflow/rc.conf:1: ng_netflow_interface: no such interface: em9; " +
        "the interfaces are lo, em0; nothing was changed\n",
    });
    exporter.must(["sh", "-c", "echo ng_netflow_interface=em0 > /etc/ngflow/rc.conf.local"]);
    // No route to 10.9.9.9: the last line is refused, and all of it taken back, the daemon too.
    const unreachable = exporter.run(["ngflow", "service", "ng_netflow", "onestart"]);
    expect(unreachable.status).toBe(1);
    expect(unreachable.stderr).toMatch(/^ngctl: msg nfsock: connect .*Network is unreachable\n/);
    expect(unreachable.stderr).toContain("ngctl: line 7: error in file\nngctl: undone: the graph is as it was\n");
    expect(exporter.run(["ngctl", "list"]).stderr).toContain("no daemon listens on /run/ngflow/control.sock");

    exporter.must([
      "sh",
      "-c",
      "mkdir /etc/ngflow/rc.conf.d && echo ng_netflow_enable=on > /etc/ngflow/rc.conf.d/ng_netflow",
    ]);
    expect(exporter.run(["ngflow", "service", "ng_netflow", "enabled"]).status).toBe(0);
    expect(exporter.must(["ngflow", "service", "ng_netflow", "disable"])).toBe(
      "ng_netflow disabled in /etc/ngflow/rc.conf.d/ng_netflow\n",
    );
    expect(exporter.run(["ngflow", "service", "ng_netflow", "enabled"]).status).toBe(1);
    expect(exporter.run(["ngflow", "sysrc", "-v", "-a"]).stdout).toBe(
      "/etc/ngflow/rc.conf: ng_netflow_collect_addr: 10.9.9.9\n/etc/ngflow/rc.conf.local: ng_netflow_interface: em0\n",
    );
    expect(readFileSync(join(main, "rc.conf"), "utf8")).toContain('ng_netflow_interface="em9"\n');
  });
});
