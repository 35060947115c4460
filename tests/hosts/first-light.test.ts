import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Api } from "../support/api.ts";
import { readCapture } from "../support/capture.ts";
import { type Background, NGFLOW, must, run, sleep } from "../support/command.ts";
import type { Host } from "../support/hosts.ts";
import { useTwoHosts } from "../support/hosts-test.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "tcpdump", "ping", "iperf3", "sysctl");

const HTTP = "127.0.0.1:8080";
/** What the issue grants between the end of the traffic and the right answer. */
const SETTLE_MS = 10_000;
const ETHERNET_HEADER = 14;
/** Flows are exported two seconds after their packets. */
const SOON = ["--active", "2", "--inactive", "2"];

describe("ngflow up between two hosts", () => {
  const on = useTwoHosts(missing);
  const start = (host: Host, words: readonly string[]): Background => on.start(words, { on: host });

  /** Starts `ngflow up` on the left host and waits until its graph is built and its server answers. */
  async function up(further: readonly string[] = []): Promise<{ ngflow: Background; api: Api }> {
    const api = new Api(on.hosts.left, HTTP);
    const options = ["--interface", "eth0", "--data", join(on.folder, "data"), "--http", HTTP, ...SOON, ...further];
    const ngflow = start(on.hosts.left, [
      ...NGFLOW,
      "up",
      "--verbose",
      ...options,
      "--control",
      join(on.folder, "control.sock"),
    ]);
    await ngflow.until("ngflow up", () => ngflow.stdout.includes(`http://${HTTP}`) && api.answers());
    return { ngflow, api };
  }

  /** Starts an independent capture of everything on the left host's interface. */
  async function capture(): Promise<{ stop: () => Promise<Uint8Array> }> {
    const file = join(on.folder, "independent.pcap");
    const tcpdump = start(on.hosts.left, ["tcpdump", "-i", "eth0", "-w", file, "-U", "-s", "128", "-B", "65536"]);
    await tcpdump.until("tcpdump", () => tcpdump.stderr.includes("listening on"));
    return {
      stop: async () => {
        const { stderr } = await tcpdump.stop("SIGINT");
        expect(stderr).toContain("0 packets dropped by kernel");
        return readFileSync(file);
      },
    };
  }

  /** One measurement of iperf3 with its own server, which serves once and ends. */
  async function iperf3(port: number, words: readonly string[]): Promise<void> {
    const server = start(on.hosts.right, ["iperf3", "-s", "-1", "--forceflush", "-p", String(port)]);
    await server.until("iperf3 -s", () => server.stdout.includes("listening"));
    must(on.hosts.left.exec(["iperf3", "-p", String(port), ...words]));
    await server.ended(10_000);
  }

  /** Real traffic in both directions: TCP, UDP and ICMP, fragments too, over IPv4 and IPv6; ends by itself. */
  async function traffic(): Promise<void> {
    let port = 5201;
    for (const [family, there, here] of [
      ["-4", on.hosts.right.ipv4, on.hosts.left.ipv4],
      ["-6", on.hosts.right.ipv6, on.hosts.left.ipv6],
    ] as const) {
      const client = [family, "-c", there];
      await iperf3(port++, [...client, "-n", "20M"]);
      await iperf3(port++, [...client, "-n", "20M", "-R", "-P", "2"]);
      await iperf3(port++, [...client, "-u", "-b", "40M", "-n", "5M", "-l", "1200"]);
      await iperf3(port++, [...client, "-u", "-b", "20M", "-n", "2M", "-l", "1200", "-R"]);
      const ping = ["ping", family, "-q", "-i", "0.05"];
      must(on.hosts.left.exec([...ping, "-c", "20", there]));
      must(on.hosts.left.exec([...ping, "-c", "5", "-s", "4000", there]));
      must(on.hosts.right.exec([...ping, "-c", "10", here]));
    }
  }

  test("its API equals an independent capture and the interface counters, exactly", { timeout: 180_000 }, async () => {
    // The hosts join their multicast groups when their link comes up; those reports come before either account begins.
    await sleep(1000);
    const { ngflow, api } = await up();
    const before = on.hosts.counters(on.hosts.left);
    const independent = await capture();
    await traffic();
    await sleep(SETTLE_MS);

    const after = on.hosts.counters(on.hosts.left);
    const captured = readCapture(await independent.stop());
    const answered = api.flowTotals();
    expect(answered.size).toBeGreaterThan(20);
    expect(Object.fromEntries(answered)).toEqual(Object.fromEntries(captured.flows));

    // The counters of the interface, less link headers and the frames that carry no IP, are the same bytes again.
    expect(after.dropped - before.dropped).toBe(0);
    const frames = after.rxPackets + after.txPackets - before.rxPackets - before.txPackets;
    const bytes = after.rxBytes + after.txBytes - before.rxBytes - before.txBytes;
    const total = { bytes: 0, packets: 0 };
    for (const flow of answered.values()) {
      total.bytes += flow.bytes;
      total.packets += flow.packets;
    }
    const { nonIp } = captured;
    expect(total.packets).toBe(frames - nonIp.packets);
    expect(total.bytes).toBe(bytes - nonIp.bytes - ETHERNET_HEADER * (frames - nonIp.packets));

    const pipeline = api.pipeline();
    expect(pipeline).toMatchObject({ packetsDropped: 0, recordsLost: 0 });
    expect(pipeline["packetsAccounted"]).toBeGreaterThanOrEqual(total.packets);
    expect(pipeline["rowsStored"]).toBe(pipeline["recordsDecoded"]);
    expect(pipeline["recordsDecoded"]).toBe(pipeline["recordsExported"]);

    const { status, stdout } = await ngflow.stop();
    expect(status).toBe(0);
    expect(stdout).toContain("mkpeer eth0: netflow lower iface0");
    expect(stdout).toMatch(/msg netflow: setconfig \{ ?iface=0 conf=7 ?\}/);
    expect(stdout).toMatch(/msg netflow: settimeouts \{/);
    expect(stdout).toContain(`http://${HTTP}`);
  });

  test("passes the options of capture and access on to its graph", { timeout: 60_000 }, async () => {
    const { ngflow, api } = await up([
      "--filter",
      "icmp",
      "--ring",
      "1",
      "--snap-length",
      "64",
      "--control-group=4711",
    ]);
    const { mode, gid } = statSync(join(on.folder, "control.sock"));
    expect([mode & 0o777, gid]).toEqual([0o660, 4711]);
    must(on.hosts.left.exec(["ping", "-6", "-q", "-i", "0.02", "-c", "50", on.hosts.right.ipv6]));
    must(on.hosts.left.exec(["ping", "-q", "-i", "0.02", "-c", "50", on.hosts.right.ipv4]));
    await sleep(SETTLE_MS);
    const flows = [...api.flowTotals()];
    expect(flows.map(([, { packets }]) => packets)).toEqual([50, 50]);
    expect(flows.every(([key]) => key.includes(on.hosts.left.ipv4))).toBe(true);
    const rings = must(on.hosts.left.exec(["cat", "/proc/net/packet"]))
      .trim()
      .split("\n");
    expect(rings).toHaveLength(2);
    expect((await ngflow.stop()).status).toBe(0);
    const refused = run(on.hosts.left.exec([...NGFLOW, "up", "--interface", "eth0", "--filter", "no such words"]));
    expect(refused.status).toBe(64);
    expect(refused.stderr).toMatch(/^ngflow: --filter "no such words": /m);
  });

  test("loses no stored row when everything is killed and started again", { timeout: 120_000 }, async () => {
    const first = await up();
    for (let i = 0; i < 3; i++) {
      must(on.hosts.left.exec(["ping", "-q", "-i", "0.02", "-c", "50", on.hosts.right.ipv4]));
      must(on.hosts.left.exec(["ping", "-6", "-q", "-i", "0.02", "-c", "50", on.hosts.right.ipv6]));
    }
    await first.ngflow.until("rows stored", () => (first.api.pipeline()["rowsStored"] ?? 0) > 0, 20_000);
    // Kill in the middle of traffic, while rows are on their way.
    const ping = start(on.hosts.left, ["ping", "-q", "-i", "0.01", "-c", "300", on.hosts.right.ipv4]);
    await sleep(2500);
    const acknowledged = first.api.flowTotals("stored");
    expect(acknowledged.size).toBeGreaterThan(0);
    const killed = await first.ngflow.stop("SIGKILL");
    expect(killed.signal).toBe("SIGKILL");
    await ping.ended(20_000);

    const second = await up();
    const recovered = second.api.flowTotals("stored");
    for (const [key, flow] of acknowledged) {
      expect(recovered.get(key)?.packets, key).toBeGreaterThanOrEqual(flow.packets);
      expect(recovered.get(key)?.bytes, key).toBeGreaterThanOrEqual(flow.bytes);
    }
    // Nothing twice either: no flow may hold more than was sent.
    const requests = [...recovered].filter(([key]) => key.startsWith(`${on.hosts.left.ipv4} ${on.hosts.right.ipv4} `));
    expect(requests.reduce((sum, [, flow]) => sum + flow.packets, 0)).toBeLessThanOrEqual(3 * 50 + 300);
    expect((await second.ngflow.stop()).status).toBe(0);
  });

  test(
    "says so in one line when the interface goes away, and keeps what was stored",
    { timeout: 120_000 },
    async () => {
      const { ngflow, api } = await up();
      must(on.hosts.left.exec(["ping", "-q", "-i", "0.02", "-c", "50", on.hosts.right.ipv4]));
      await ngflow.until("rows stored", () => (api.pipeline()["rowsStored"] ?? 0) > 0, 20_000);
      // The kernel hands a block of packets over when it is full or a few tens of milliseconds old.
      await sleep(500);
      on.hosts.cut();
      await ngflow.until("a line about the interface", () => /\beth0\b/.test(ngflow.stderr), 15_000);
      const { stderr } = await ngflow.stop();
      expect(stderr.split("\n").filter((line) => line.includes("eth0"))).toHaveLength(1);
      expect(stderr).not.toContain("    at ");

      const data = ["--data", join(on.folder, "data")];
      const rows = run([
        ...NGFLOW,
        "query",
        ...data,
        "--by",
        "Proto",
        "--metric",
        "packets",
        "--last",
        "1h",
        "--format",
        "json",
      ]);
      expect(rows.status, rows.stderr).toBe(0);
      const answer = JSON.parse(rows.stdout) as { rows: { packets: number }[] };
      expect(answer.rows.reduce((sum, row) => sum + Number(row.packets), 0)).toBeGreaterThanOrEqual(100);
    },
  );
});
