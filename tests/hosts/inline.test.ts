import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, must, NGCTL, NGFLOW, ROOT, run, sleep } from "../support/command.ts";
import { TwoHosts, type Host } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { Pinger } from "./probe/pinger.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl", "ethtool");

const COLLECTOR_PORT = 4444;
/** Addresses of the right host for the pings that are counted, so that their flows are theirs alone. */
const COUNTED = { ipv4: "10.77.0.9", ipv6: "fd77::9" } as const;
const COUNTED_PINGS = 40;
/** Payload of a counted ping, and what its packets count: with ICMP and IP headers. */
const PAYLOAD = 200;
const COUNTED_BYTES = { ipv4: PAYLOAD + 8 + 20, ipv6: PAYLOAD + 8 + 40 } as const;
const TRANSFER_BYTES = 24 << 20;

/** A line of `ngflow decode`. */
interface Line {
  readonly kind: string;
  readonly version: number;
  readonly fields: Readonly<Record<string, string | number>>;
}

interface Total {
  packets: number;
  bytes: number;
}

/** Types of echo requests and replies, of IPv4 and of IPv6. */
const ECHO_TYPES: ReadonlySet<number> = new Set([8, 0, 128, 129]);

/** Packets and bytes by "source destination" of the pings among the flows in what `ngflow decode` printed. */
function totalsOf(printed: string): Map<string, Total> {
  const totals = new Map<string, Total>();
  for (const text of printed.split("\n").filter((line) => line.endsWith("}"))) {
    const { kind, version, fields } = JSON.parse(text) as Line;
    if (kind !== "flow") continue;
    expect(version).toBe(9);
    const isIcmp = fields["protocolIdentifier"] === 1 || fields["protocolIdentifier"] === 58;
    // The field holds type * 256 + code, of both families.
    if (!isIcmp || !ECHO_TYPES.has(Number(fields["icmpTypeCodeIPv4"]) >> 8)) continue;
    const source = fields["sourceIPv4Address"] ?? fields["sourceIPv6Address"];
    const destination = fields["destinationIPv4Address"] ?? fields["destinationIPv6Address"];
    const key = `${source} ${destination}`;
    const total = totals.get(key) ?? { packets: 0, bytes: 0 };
    total.packets += Number(fields["packetDeltaCount"]);
    total.bytes += Number(fields["octetDeltaCount"]);
    totals.set(key, total);
  }
  return totals;
}

describe("an ether node between the wire and its host", () => {
  let hosts: TwoHosts;
  let folder = "";
  const running: Background[] = [];
  const pingers: Pinger[] = [];

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    folder = mkdtempSync(join(tmpdir(), "ngflow-inline-"));
    hosts = new TwoHosts("em0");
    for (const [address, length] of [
      [COUNTED.ipv4, 24],
      [COUNTED.ipv6, 64],
    ] as const) {
      const add = ["address", "add", `${address}/${length}`, "dev", "em0", ...(length === 64 ? ["nodad"] : [])];
      must(["ip", "-n", hosts.right.namespace, ...add]);
    }
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop("SIGKILL")));
    await Promise.all(pingers.splice(0).map((each) => each.stop()));
    if (missing !== undefined) return;
    hosts.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(host: Host, words: readonly string[]): Background {
    const process = new Background(host.exec(words));
    running.push(process);
    return process;
  }

  async function startPings(to = hosts.right.ipv4): Promise<Pinger> {
    const pinger = new Pinger(hosts.left, to);
    pingers.push(pinger);
    await pinger.reply(0);
    return pinger;
  }

  const control = (): string => join(folder, "control.sock");
  const ngctl = (line: string): string => must([...NGCTL, "--control", control(), ...line.split(" ")]);

  async function startGraph(...options: string[]): Promise<Background> {
    const words = [...NGFLOW, "graph", "--inline", "em0", "--control", control(), ...options];
    const graph = start(hosts.left, words);
    await graph.until("ngflow graph", () => graph.stdout.includes(control()));
    return graph;
  }

  /** The six steps of the article, as its reader types them. */
  const steps = (): string[] => [
    "mkpeer em0: netflow lower iface0",
    "name em0:lower netflow",
    "connect em0: netflow: upper out0",
    "mkpeer netflow: ksocket export9 inet/dgram/udp",
    "name netflow:export9 nfsock",
    `msg nfsock: connect inet/${hosts.right.ipv4}:${COLLECTOR_PORT}`,
  ];
  /** Not the article's: counts both directions, as its rc.d script does. */
  const BOTH_DIRECTIONS = "msg netflow: setconfig { iface=0 conf=7 }";

  test("follows the article: cut, restored, metered, and not cut again", { timeout: 60_000 }, async () => {
    const graph = await startGraph();
    const address = `udp://${hosts.right.ipv4}:${COLLECTOR_PORT}`;
    const collector = start(hosts.right, [...NGFLOW, "decode", "--listen", address]);
    const pings = await startPings();
    const [one, two, three, ...rest] = steps() as [string, string, string, ...string[]];

    ngctl(one);
    const cutMs = Date.now();
    ngctl(two);
    ngctl(BOTH_DIRECTIONS);
    await sleep(700);
    expect(pings.since(cutMs)).toEqual([]);

    ngctl(three);
    const restoredMs = Date.now();
    expect(await pings.reply(restoredMs)).toBeLessThan(1000);
    for (const step of rest) ngctl(step);
    for (const family of ["ipv4", "ipv6"] as const) {
      const counted = ["-q", "-i", "0.02", "-c", String(COUNTED_PINGS), "-s", String(PAYLOAD), COUNTED[family]];
      expect(must(hosts.left.exec(["ping", ...counted]))).toContain(`${COUNTED_PINGS} received`);
    }
    ngctl("shutdown netflow:");
    const shutMs = Date.now();
    expect(await pings.reply(shutMs)).toBeLessThan(1000);
    await sleep(700);

    const { sent, replies } = await pings.stop();
    // The pings without an answer are the ones between the first step and the third.
    const answered = new Set(replies.map(({ sequence }) => sequence));
    const lost = Array.from({ length: sent }, (_, i) => i + 1).filter((sequence) => !answered.has(sequence));
    expect(lost.length).toBeGreaterThan(6);
    expect(lost.at(-1)! - lost[0]!).toBe(lost.length - 1);
    expect(replies.filter(({ sequence }) => sequence > lost.at(-1)!).every(({ atMs }) => atMs > cutMs)).toBe(true);

    await collector.until("the flows of the counted pings", () => totalsOf(collector.stdout).size >= 6, 5000);
    const totals = totalsOf(collector.stdout);
    for (const family of ["ipv4", "ipv6"] as const) {
      const total = { packets: COUNTED_PINGS, bytes: COUNTED_PINGS * COUNTED_BYTES[family] };
      expect(totals.get(`${hosts.left[family]} ${COUNTED[family]}`)).toEqual(total);
      expect(totals.get(`${COUNTED[family]} ${hosts.left[family]}`)).toEqual(total);
    }
    // What was cut was counted all the same: it came in through `lower`.
    const inbound = totals.get(`${hosts.right.ipv4} ${hosts.left.ipv4}`)!;
    expect(inbound.packets).toBeGreaterThan(lost.length);

    // No hook is left and no interface but the host's own.
    expect(ngctl("show em0:")).toContain("Num hooks: 0");
    expect(must(["ip", "-n", hosts.left.namespace, "-o", "link"]).trim().split("\n")).toHaveLength(2);
    expect(graph.running).toBe(true);
    expect(graph.stderr).toBe("");
  });

  test.for([1, 2, 3, 4, 5, 6])("fails open within a second when killed after step %i", async (count) => {
    const graph = await startGraph();
    const pings = await startPings();
    for (const step of steps().slice(0, count)) ngctl(step);
    const builtMs = Date.now();
    await sleep(500);
    expect(pings.since(builtMs).length > 0).toBe(count >= 3);

    const killedMs = Date.now();
    await graph.stop("SIGKILL");
    expect(await pings.reply(killedMs)).toBeLessThan(1000);
    await sleep(500);
    const { replies } = await pings.stop();
    const after = replies.filter(({ atMs }) => atMs > killedMs);
    expect(after.at(-1)!.sequence - after[0]!.sequence).toBe(after.length - 1);
    expect(must(["ip", "-n", hosts.left.namespace, "-o", "link"]).trim().split("\n")).toHaveLength(2);
  });

  test("ends in order without losing a ping, and exports what it counted", async () => {
    const graph = await startGraph();
    const address = `udp://${hosts.right.ipv4}:${COLLECTOR_PORT}`;
    const collector = start(hosts.right, [...NGFLOW, "decode", "--listen", address]);
    const pings = await startPings();
    for (const step of steps().toSpliced(2, 0, BOTH_DIRECTIONS)) ngctl(step);
    const builtMs = Date.now();
    await sleep(500);
    expect((await graph.stop()).status).toBe(0);
    await sleep(500);
    const sequences = (await pings.stop()).replies.filter(({ atMs }) => atMs > builtMs).map(({ sequence }) => sequence);
    expect(sequences.length).toBeGreaterThan(8);
    expect(sequences.at(-1)! - sequences[0]!).toBe(sequences.length - 1);
    await collector.until("the last flows", () => totalsOf(collector.stdout).size >= 2, 5000);
  });

  /** A transfer from one host to the other: what was sent and what arrived. */
  async function transfer(from: Host, to: Host, address: string, port: number): Promise<[string, string]> {
    const probe = [process.execPath, `${ROOT}tests/hosts/probe/tcp-digest.mjs`];
    const receiver = start(to, [...probe, "receive", address, String(port)]);
    await receiver.until("the receiver", () => receiver.stdout.includes("ready"));
    const sent = must(from.exec([...probe, "send", address, String(port), String(TRANSFER_BYTES)]));
    const { stdout } = await receiver.ended(10_000);
    return [sent.trim(), stdout.trim().split("\n").at(-1)!];
  }

  test.for([
    ["with the interface's offloads", []],
    [
      "with none, so that every checksum and every segment is made in software",
      ["tx", "off", "tso", "off", "gso", "off"],
    ],
  ] as const)("carries TCP unharmed, %s", { timeout: 60_000 }, async ([, offloads]) => {
    if (offloads.length > 0) {
      for (const host of [hosts.left, hosts.right]) must(host.exec(["ethtool", "-K", "em0", ...offloads]));
    }
    await startGraph();
    for (const step of steps().slice(0, 3)) ngctl(step);
    let port = 5000;
    for (const family of ["ipv4", "ipv6"] as const) {
      for (const [from, to] of [
        [hosts.left, hosts.right],
        [hosts.right, hosts.left],
      ] as const) {
        const [sent, arrived] = await transfer(from, to, to[family], port++);
        expect(JSON.parse(sent)).toMatchObject({ length: TRANSFER_BYTES });
        expect(arrived).toBe(sent);
      }
    }
  });

  test("carries ARP, neighbour discovery and fragments", async () => {
    await startGraph();
    for (const step of steps().slice(0, 3)) ngctl(step);
    for (const host of [hosts.left, hosts.right]) must(["ip", "-n", host.namespace, "neigh", "flush", "dev", "em0"]);
    for (const [from, to] of [
      [hosts.left, hosts.right],
      [hosts.right, hosts.left],
    ] as const) {
      for (const address of [to.ipv4, to.ipv6]) {
        for (const size of ["56", "9000"]) {
          const words = ["ping", "-q", "-i", "0.02", "-c", "10", "-s", size, address];
          expect(must(from.exec(words))).toContain("10 received");
        }
      }
    }
  });

  test("with upper alone cuts what its host sends, and nothing else", async () => {
    await startGraph();
    const pings = await startPings();
    const before = hosts.counters(hosts.right);
    ngctl("mkpeer em0: hole upper sink");
    await sleep(500);
    const cutMs = Date.now();
    const received = hosts.counters(hosts.right).rxPackets;
    await sleep(700);
    expect(pings.since(cutMs)).toEqual([]);
    expect(hosts.counters(hosts.right).rxPackets).toBe(received);
    expect(received).toBeGreaterThanOrEqual(before.rxPackets);
    ngctl("rmhook em0: upper");
    expect(await pings.reply(Date.now())).toBeLessThan(1000);
  });

  test("refuses the interface of the only default route without --force", () => {
    must(["ip", "-n", hosts.left.namespace, "route", "add", "default", "via", hosts.right.ipv4]);
    const words = [...NGFLOW, "graph", "--inline", "em0", "--control", control()];
    const { status, stderr } = run(hosts.left.exec(words));
    expect(status).toBe(71);
    expect(stderr).toMatch(/^ngflow: --inline em0: .*--force.*\n$/);
  });
});
