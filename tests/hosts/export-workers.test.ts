import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCapture } from "../support/capture.ts";
import { Background, must, NGFLOW, run, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { captureOf, makeCapture } from "../support/packets.ts";

const missing = absentPrivilege() ?? absentTools("ip", "sysctl", "tcpreplay", "tcpdump");
const COLLECTOR_PORT = 4444;
const FLOWS = 400;

interface Counts {
  readonly packets: number;
  readonly bytes: number;
  readonly records: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly sendErrors: number;
}

interface Stats extends Counts {
  readonly workers?: readonly Counts[];
}

/** A line of `ngflow decode`. */
interface Line {
  readonly kind: string;
  readonly domain: number;
  readonly fields: Readonly<Record<string, string | number>>;
}

/** Packets whose fate is known: accounted, not IP, or dropped by the kernel. */
const known = ({ packets, skipped }: Counts): number => Object.values(skipped).reduce((sum, n) => sum + n, packets);

describe("ngflow export -i, shared, filtered, flooded", () => {
  let hosts: TwoHosts;
  let folder = "";
  const running: Background[] = [];
  const capture = makeCapture(11, FLOWS);
  const totals = readCapture(capture);

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    folder = mkdtempSync(join(tmpdir(), "ngflow-workers-"));
    hosts = new TwoHosts();
    // No host speaks unasked, nor answers what it is sent: every frame on the cable is the test's.
    for (const host of [hosts.left, hosts.right]) {
      must(host.exec(["sysctl", "-q", "-w", "net.ipv6.conf.eth0.disable_ipv6=1"]));
    }
    must(["ip", "-n", hosts.right.namespace, "address", "flush", "dev", "eth0"]);
    must(["ip", "-n", hosts.right.namespace, "link", "set", "eth0", "arp", "off"]);
    writeFileSync(join(folder, "flows.pcap"), capture);
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop("SIGKILL")));
    if (missing !== undefined) return;
    hosts.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(words: readonly string[]): Background {
    const exporting = new Background(hosts.right.exec(words));
    running.push(exporting);
    return exporting;
  }

  /** Packet sockets of the right host that receive from eth0. */
  const rings = (): number =>
    must(hosts.right.exec(["cat", "/proc/net/packet"]))
      .trim()
      .split("\n")
      .filter((line) => line.split(/\s+/)[3] === "0003").length;

  async function exporter(count: number, ...words: string[]): Promise<Background> {
    const to = `udp://127.0.0.1:${COLLECTOR_PORT}`;
    const exporting = start([...NGFLOW, "export", "-i", "eth0", "--to", to, "--stats", "json", ...words]);
    await exporting.until("every ring", () => rings() === count, 20_000);
    // A ring receives from the moment its filter changes, which is within the call that opens it.
    await sleep(200);
    return exporting;
  }

  async function stop(exporting: Background): Promise<Stats> {
    return statsOf(await exporting.stop("SIGINT"));
  }

  /** Plays the capture as fast as the machine can. Returns frames sent. */
  function play(loops: number): number {
    const words = ["tcpreplay", "-q", "-t", "-K", "--loop", String(loops), "-i", "eth0", join(folder, "flows.pcap")];
    const said = must(hosts.left.exec(words), { timeoutMs: 60_000 });
    return Number(/Successful packets:\s+(\d+)/.exec(said)![1]);
  }

  test("threads share the packets by flow, and export them under their own source ids", async () => {
    const collector = start([...NGFLOW, "decode", "--listen", `udp://127.0.0.1:${COLLECTOR_PORT}`]);
    await collector.until("the collector", () => collector.running, 5000);
    const exporting = await exporter(3, "--workers", "3");
    expect(play(1)).toBe(totals.frames.packets);
    await sleep(300);
    const { workers = [], ...all } = await stop(exporting);
    expect(all).toMatchObject({ packets: totals.ip.packets, bytes: totals.ip.bytes, sendErrors: 0 });
    expect(known(all)).toBe(totals.frames.packets);
    expect(workers).toHaveLength(3);
    for (const each of workers) expect(each.packets).toBeGreaterThan(0);
    expect(workers.reduce((sum, each) => sum + each.packets, 0)).toBe(all.packets);

    const lines = (): Line[] =>
      collector.stdout
        .split("\n")
        .filter((line) => line.endsWith("}"))
        .map((line) => JSON.parse(line) as Line)
        .filter(({ kind }) => kind === "flow");
    await collector.until("every record", () => lines().length >= all.records, 10_000);
    const packetsOf = new Map<number, number>();
    const domainOf = new Map<string, number>();
    for (const { domain, fields } of lines()) {
      packetsOf.set(domain, (packetsOf.get(domain) ?? 0) + Number(fields["packetDeltaCount"]));
      const key = ["source", "destination"].map((end) => fields[`${end}IPv4Address`] ?? fields[`${end}IPv6Address`]);
      key.push(fields["sourceTransportPort"], fields["destinationTransportPort"], fields["protocolIdentifier"]);
      // All packets of a flow went to one thread.
      expect(domainOf.get(key.join(" ")) ?? domain).toBe(domain);
      domainOf.set(key.join(" "), domain);
    }
    expect([...packetsOf].toSorted(([a], [b]) => a - b)).toEqual(workers.map((each, domain) => [domain, each.packets]));
  });

  test.for([1, 2])("a flood on %i thread(s): every packet sent is accounted or reported as dropped", async (count) => {
    const exporting = await exporter(count, "--workers", String(count));
    const sent = play(20);
    await sleep(500);
    expect(known(await stop(exporting))).toBe(sent);
  });

  test("rings too small for the flood: every packet is accounted or reported as dropped", async () => {
    const exporting = await exporter(2, "--workers", "2", "--ring", "1");
    // Stopped, the threads read nothing while the kernel fills their rings.
    process.kill(exporting.pid, "SIGSTOP");
    const sent = play(10);
    process.kill(exporting.pid, "SIGCONT");
    await sleep(500);
    const stats = await stop(exporting);
    expect(stats.skipped["kernelDrops"]).toBeGreaterThan(0);
    expect(known(stats)).toBe(sent);
  });

  test("threads that are stopped in the middle of a flood lose and repeat nothing of what they received", async () => {
    const exporting = await exporter(2, "--workers", "2");
    const words = ["tcpreplay", "-q", "-t", "-K", "--loop", "300", "-i", "eth0", join(folder, "flows.pcap")];
    const flood = new Background(hosts.left.exec(words));
    running.push(flood);
    await flood.until("the flood", () => hosts.counters(hosts.right).rxPackets > 20_000, 20_000);
    const { workers = [], ...all } = await stop(exporting);
    expect(flood.running).toBe(true);
    expect(all.packets).toBeGreaterThan(0);
    expect(known(all)).toBeLessThanOrEqual(hosts.counters(hosts.right).rxPackets);
    expect(workers.reduce((sum, each) => sum + known(each), 0)).toBe(known(all));
  });

  test("the kernel drops what does not match the filter, and truncates longer packets", async () => {
    const chosen = [...totals.flows].filter(([key]) => key.endsWith(" 443 6") && !key.includes(":"));
    const expected = chosen.reduce((sum, [, { packets }]) => sum + packets, 0);
    expect(expected).toBeGreaterThan(0);
    const exporting = await exporter(1, "--filter", "ip and tcp dst port 443", "--snap-length", "64");
    play(1);
    await sleep(300);
    const stats = await stop(exporting);
    expect(known(stats)).toBe(expected);
    expect(stats).toMatchObject({ packets: expected, bytes: chosen.reduce((sum, [, { bytes }]) => sum + bytes, 0) });
  });

  test("a compiled filter is taken as it is; one that does not parse ends with one line", async () => {
    const program = must(["tcpdump", "-y", "EN10MB", "-ddd", "arp"]);
    const exporting = await exporter(2, "--filter", program, "--workers", "2");
    play(1);
    await sleep(300);
    expect(known(await stop(exporting))).toBe(totals.nonIp.packets);
    const vlan = run(hosts.right.exec([...NGFLOW, "export", "-i", "eth0", "--filter", "vlan 7"]));
    expect(vlan).toMatchObject({ status: 64, stderr: expect.stringContaining("tcpdump -i IF -ddd") });
    // A program that falls off its end.
    const refused = run(
      hosts.right.exec([...NGFLOW, "export", "-i", "eth0", "--filter", "1,40 0 0 12", "--workers", "2"]),
    );
    expect(refused.status).toBe(71);
    expect(refused.stderr).toMatch(/^ngflow: .*eth0.*filter.*EINVAL.*\n$/);
    const wrong = run(hosts.right.exec([...NGFLOW, "export", "-i", "eth0", "--filter", "tcp prot 80"]));
    expect(wrong).toMatchObject({
      status: 64,
      stderr: expect.stringMatching(/^ngflow: --filter "tcp prot 80": .*\n$/),
    });
  });

  test("a filter for a tag that the kernel takes out of the frame is compiled for the interface", async () => {
    const program = must(hosts.right.exec(["tcpdump", "-i", "eth0", "-ddd", "vlan 7"]));
    const tagged = Buffer.from(`ffffffffffff0200000000018100${"2007"}0800${"45".padEnd(92, "0")}`, "hex");
    const exporting = await exporter(1, "--filter", program);
    play(1);
    writeFileSync(join(folder, "flows.pcap"), captureOf(tagged));
    expect(play(3)).toBe(3);
    await sleep(300);
    expect(known(await stop(exporting))).toBe(3);
  });

  test("threads end with their interface, and export what they had", async () => {
    const exporting = await exporter(2, "--workers", "2");
    const sent = play(1);
    await sleep(300);
    hosts.cut();
    expect(known(statsOf(await exporting.ended(10_000)))).toBe(sent);
  });
});

/** Most tests have no collector: the machine refuses the datagrams, and the command says so. */
function statsOf({ status, stdout, stderr }: { status: number | null; stdout: string; stderr: string }): Stats {
  const stats = JSON.parse(stdout) as Stats;
  const refused = /^ngflow: [\d.:]+ refused [\d,]+ of [\d,]+ datagrams: nobody listens there; [^\n]+\n$/;
  expect(status).toBe(stats.sendErrors > 0 ? 1 : 0);
  expect(stderr).toMatch(stats.sendErrors > 0 ? refused : /^$/);
  return stats;
}
