import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { uptime } from "node:os";
import { describe, expect, test } from "vitest";
import { must, NGCTL, NGFLOW, ROOT, run, sleep } from "../support/command.ts";
import { useTwoHosts } from "../support/hosts-test.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl");
const FLOWCTL = [process.execPath, `${ROOT}apps/ngflow/bin/flowctl.js`];

const V5 = 4445;
const V9 = 4449;
/** Bytes of the two templates, as FreeBSD sends them (ng_netflow.md §9.2). */
const TEMPLATE_SET = 172;

// settemplate: templates in every datagram, however long the machine has been up.
const GRAPH = `mkpeer eth0: netflow lower iface0
name eth0:lower netflow
connect eth0: netflow: upper out0
msg netflow: setconfig { iface=0 conf=7 }
msg netflow: settimeouts { inactive=2 active=600 }
msg netflow: settemplate { time=0 packets=0 }
mkpeer netflow: ksocket export inet/dgram/udp
msg netflow:export connect inet/127.0.0.1:${V5}
mkpeer netflow: ksocket export9 inet/dgram/udp
msg netflow:export9 connect inet/127.0.0.1:${V9}
`;

/** The templates in a recorded datagram of FreeBSD. */
function recordedTemplates(): string {
  const file = join(ROOT, "tests/golden/freebsd/template-time0/export9.json");
  const [{ hex }] = JSON.parse(readFileSync(file, "utf8")) as [{ hex: string }];
  return hex.slice(40, 40 + 2 * TEMPLATE_SET);
}

interface Record {
  readonly source: string;
  readonly destination: string;
  readonly nextHop: string;
  readonly outIndex: number;
  readonly packets: number;
  readonly bytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly masks: readonly number[];
}

const dotted = (b: Buffer, at: number): string => [...b.subarray(at, at + 4)].join(".");
const grouped = (b: Buffer, at: number): string => b.toString("hex", at, at + 16);

/** Records of a v5 datagram. */
function v5Records(b: Buffer): Record[] {
  return Array.from({ length: b.readUInt16BE(2) }, (_, i) => {
    const at = 24 + 48 * i;
    return {
      source: dotted(b, at),
      destination: dotted(b, at + 4),
      nextHop: dotted(b, at + 8),
      outIndex: b.readUInt16BE(at + 14),
      packets: b.readUInt32BE(at + 16),
      bytes: b.readUInt32BE(at + 20),
      firstMs: b.readUInt32BE(at + 24),
      lastMs: b.readUInt32BE(at + 28),
      masks: [b[at + 44]!, b[at + 45]!],
    };
  });
}

/** Records of a v9 data flowset of template 256 or 259. */
function v9Records(b: Buffer, id: number, start: number, end: number): Record[] {
  const records: Record[] = [];
  const [address, read] = id === 256 ? ([4, dotted] as const) : ([16, grouped] as const);
  const length = 3 * address + 45;
  for (let at = start; at + length <= end; at += length) {
    const rest = at + 3 * address;
    records.push({
      source: read(b, at),
      destination: read(b, at + address),
      nextHop: read(b, at + 2 * address),
      outIndex: b.readUInt16BE(rest + 2),
      packets: b.readUInt32BE(rest + 4),
      bytes: b.readUInt32BE(rest + 8),
      firstMs: b.readUInt32BE(rest + 20),
      lastMs: b.readUInt32BE(rest + 24),
      masks: [b[rest + 43]!, b[rest + 44]!],
    });
  }
  return records;
}

/** The flowsets of a v9 datagram: identifier, start of the content and end. */
function flowsets(b: Buffer): [id: number, start: number, end: number][] {
  const sets: [number, number, number][] = [];
  for (let at = 20; at < b.length; at += b.readUInt16BE(at + 2))
    sets.push([b.readUInt16BE(at), at + 4, at + b.readUInt16BE(at + 2)]);
  return sets;
}

describe("a live graph of profile freebsd", () => {
  const on = useTwoHosts(missing);
  const control = (): string => join(on.folder, "control.sock");
  const ngctl = (...words: string[]): string => must([...NGCTL, "--control", control(), ...words]);

  function script(name: string, text: string): string {
    const file = join(on.folder, name);
    writeFileSync(file, text);
    return file;
  }

  async function collect(port: number): Promise<() => Promise<Buffer[]>> {
    const words = [process.execPath, `${ROOT}tests/hosts/probe/collect.mjs`, "127.0.0.1", String(port), "hex"];
    const collector = on.start(words);
    await collector.until("the collector", () => collector.stdout.includes("ready"));
    return async () => {
      const { stdout } = await collector.stop();
      const { texts } = JSON.parse(stdout.trim().split("\n").at(-1)!) as { texts: string[] };
      return texts.map((hex) => Buffer.from(hex, "hex"));
    };
  }

  async function graph(...options: string[]): Promise<void> {
    const words = ["graph", "--control", control(), "--interface", "eth0", ...options];
    const daemon = on.start([...NGFLOW, ...words]);
    await daemon.until("ngflow graph", () => daemon.stdout.includes("control"));
  }

  const ping = (to: string, count: number): string =>
    must(on.hosts.left.exec(["ping", "-q", "-i", "0.05", "-c", String(count), to]));

  test("keeps, expires and exports flows as the kernel does, in its datagrams", { timeout: 60_000 }, async () => {
    const { left, right } = on.hosts;
    const small = "10.77.0.3";
    must(["ip", "-n", right.namespace, "address", "add", `${small}/24`, "dev", on.hosts.device]);
    const [five, nine] = [await collect(V5), await collect(V9)];
    await graph("--profile", "freebsd", "-f", script("graph.ngctl", GRAPH));
    const index = Number(must(left.exec(["cat", `/sys/class/net/${on.hosts.device}/ifindex`])));
    ping(right.ipv4, 10);
    ping(right.ipv6, 10);
    ping(small, 2);
    const show = (): string => must([...FLOWCTL, "--control", control(), "netflow:", "show", "ipv4"]);
    const rows = (address: string): number =>
      show()
        .split("\n")
        .filter((line) => line.includes(address)).length;
    expect([rows(right.ipv4), rows(small)]).toEqual([2, 2]);

    // Idle flows of up to four packets leave after the inactive timeout, larger ones stay (ng_netflow.md §7.2).
    for (let i = 0; i < 100 && rows(small) > 0; i++) await sleep(100);
    expect([rows(right.ipv4), rows(small)]).toEqual([2, 0]);
    expect(ngctl("msg", "netflow:", "info")).toMatch(/IPv4 packets=24 .*Inactive expiries=\d+ IPv4 records used=2 /);
    await sleep(1500);
    ngctl("shutdown", "netflow:");

    // No datagram had left before: none was full, and there is no flush by time (ng_netflow.md §8).
    const [[v5, ...moreV5], [v9, ...moreV9]] = [await five(), await nine()];
    expect([moreV5, moreV9]).toEqual([[], []]);
    expect(v5!.readUInt16BE(0)).toBe(5);
    const upMs = v5!.readUInt32BE(4);
    expect(upMs % 1000).toBe(0);
    // The uptime is the machine's, which begins at 1 here.
    expect(Math.abs(upMs / 1000 - uptime() - 1)).toBeLessThan(5);
    const flow = (source: string, destination: string, packets: number) =>
      expect.objectContaining({ source, destination, packets, bytes: 84 * packets, nextHop: "0.0.0.0" });
    const ipv4 = v5Records(v5!);
    expect(ipv4).toHaveLength(4);
    // The small ones were expired first; the others are flushed by the shutdown.
    expect(ipv4.slice(0, 2)).toEqual(expect.arrayContaining([flow(left.ipv4, small, 2), flow(small, left.ipv4, 2)]));
    expect(ipv4.slice(2)).toEqual(
      expect.arrayContaining([flow(left.ipv4, right.ipv4, 10), flow(right.ipv4, left.ipv4, 10)]),
    );
    for (const { firstMs, lastMs } of ipv4)
      expect([firstMs % 1000, lastMs % 1000, lastMs <= upMs]).toEqual([0, 0, true]);
    // The kernel's routes: output interface and prefix lengths; the host's own address is a /32.
    expect(ipv4.find(({ destination }) => destination === small)).toMatchObject({ outIndex: index, masks: [32, 24] });

    expect(v9!.toString("hex", 20, 20 + TEMPLATE_SET)).toBe(recordedTemplates());
    const sets = flowsets(v9!);
    expect(sets[0]![0]).toBe(0);
    expect(new Set(sets.slice(1).map(([id]) => id))).toEqual(new Set([256, 259]));
    const records = sets.slice(1).flatMap(([id, start, end]) => v9Records(v9!, id, start, end));
    expect(v9!.readUInt16BE(2)).toBe(records.length + 2);
    expect([v9!.readUInt32BE(4) % 1000, v9!.readUInt32BE(12), v9!.readUInt32BE(16)]).toEqual([0, 0, 0]);
    expect(records.filter(({ source }) => source.includes("."))).toEqual(ipv4);
    const [here, there] = ["fd77" + "0".repeat(27) + "1", "fd77" + "0".repeat(27) + "2"];
    const ipv6 = records.find(({ source, destination }) => source === here && destination === there);
    expect(ipv6?.packets).toBeGreaterThanOrEqual(10);
  });

  test("gives its profile to every netflow node, in dry runs too", async () => {
    await graph("--profile", "freebsd");
    const lines = "mkpeer . netflow x iface0\nname x made\nconnect . x y export10\n";
    const made = run([...NGCTL, "--control", control(), "-f", script("made.ngctl", lines)]);
    expect(made).toMatchObject({ status: 71, stderr: expect.stringContaining("line 3: error in file") });
    const tried = run([...NGCTL, "--control", control(), "-t", script("tried.ngctl", lines)]);
    expect(tried).toMatchObject({ status: 71, stderr: expect.stringContaining("line 3") });
    const messages = "mkpeer . netflow x iface0\nmsg x setsampling { mode=1 interval=2 }\n";
    const refused = run([...NGCTL, "--control", control(), "-f", script("messages.ngctl", messages)]);
    expect(refused.stderr).toContain("Invalid argument");
  });

  test("is not made with AS numbers", () => {
    const words = [...NGFLOW, "graph", "--profile", "freebsd", "--as-table", "/dev/null", "--control", control()];
    expect(run(on.hosts.left.exec(words))).toMatchObject({
      status: 64,
      stderr: "ngflow: --as-table: the profile exports no AS numbers; choose profile modern\n",
    });
  });
});
