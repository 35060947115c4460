import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatIp } from "@ngflow/base";
import { type Collector, createCollector } from "@ngflow/collector";
import type { FlowBatch, FlowSink } from "@ngflow/flows";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flowKey, type FlowTotal, readCapture } from "../support/capture.ts";
import { Background, must, ROOT, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, skipWithout } from "../support/needs.ts";
import { makeCapture } from "../support/packets.ts";

const SEED = 20_260_102;
const FLOWS = 500;
/** Versions as softflowd and pmacct number them. */
const VERSIONS = [5, 9, 10] as const;

/** Adds rows up per 5-tuple, as `readCapture` does packets. */
class TotalsSink implements FlowSink {
  readonly flows = new Map<string, FlowTotal>();
  rows = 0;
  /** Earliest start and latest end, Unix milliseconds. */
  firstMs = Infinity;
  lastMs = 0;

  write(batch: FlowBatch): number {
    const { SrcAddr, DstAddr, SrcPort, DstPort, Proto, IcmpType, IcmpCode, Bytes, Packets, TimeStart, TimeEnd } =
      batch.columns;
    for (let i = 0; i < batch.rows; i++) {
      const proto = Proto[i]!;
      const icmp = proto === 1 || proto === 58;
      const dstPort = icmp ? IcmpType[i]! * 256 + IcmpCode[i]! : DstPort[i]!;
      const key = flowKey(formatIp(SrcAddr, 16 * i), formatIp(DstAddr, 16 * i), icmp ? 0 : SrcPort[i]!, dstPort, proto);
      const total = this.flows.get(key) ?? { bytes: 0, packets: 0 };
      total.bytes += word64(Bytes, i);
      total.packets += word64(Packets, i);
      this.flows.set(key, total);
      this.firstMs = Math.min(this.firstMs, word64(TimeStart, i));
      this.lastMs = Math.max(this.lastMs, word64(TimeEnd, i));
    }
    this.rows += batch.rows;
    return batch.rows;
  }
}

function word64(words: Uint32Array, i: number): number {
  return words[2 * i]! + words[2 * i + 1]! * 2 ** 32;
}

function sum(flows: ReadonlyMap<string, FlowTotal>): FlowTotal {
  const total = { bytes: 0, packets: 0 };
  for (const { bytes, packets } of flows.values()) {
    total.bytes += bytes;
    total.packets += packets;
  }
  return total;
}

describe("what others export, read by our collector", () => {
  let folder = "";
  let capture = "";
  let flows = new Map<string, FlowTotal>();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-interop-"));
    capture = join(folder, "office.pcap");
    const file = makeCapture(SEED, FLOWS);
    writeFileSync(capture, file);
    flows = readCapture(file).flows;
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs `send` with the port of a fresh collector and returns what was collected once it has ended. */
  async function collect(
    send: (port: number) => Promise<void> | void,
  ): Promise<{ sink: TotalsSink; counters: ReturnType<Collector["counters"]> }> {
    const sink = new TotalsSink();
    const collector = createCollector(
      { listen: [{ host: "127.0.0.1", port: 0 }] },
      {
        sink,
        clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
        log: { info() {}, warn() {}, error: (fields, message) => expect.fail(`${message} ${JSON.stringify(fields)}`) },
      },
    );
    await collector.start();
    try {
      await send(collector.listening()[0]!.port);
      await sleep(200);
    } finally {
      await collector.stop();
    }
    return { sink, counters: collector.counters() };
  }

  /** Nothing lost, nothing odd: what every exporter on the same machine must come to. */
  const CLEAN = {
    kernelDrops: 0,
    recordsLost: 0,
    sequenceGaps: 0,
    sequenceResets: 0,
    datagramsReordered: 0,
    malformed: 0,
    internalErrors: 0,
    rowsRefused: 0,
    setsHeld: 0,
  };

  /** The flows a version can carry: v5 has no place for an IPv6 address. */
  function expected(version: number): Map<string, FlowTotal> {
    return new Map([...flows].filter(([key]) => version !== 5 || !key.includes(":")));
  }

  /** Runs an exporter that reads a file and sends in bursts the test's event loop must be free to receive. */
  async function runBeside(words: readonly string[], timeoutMs: number): Promise<string> {
    const { status, stdout, stderr } = await new Background(words).ended(timeoutMs);
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    return stdout + stderr;
  }

  test.for(VERSIONS)("softflowd, version %i", async (version, ctx) => {
    skipWithout(ctx, "softflowd");
    let said = "";
    const { sink, counters } = await collect(async (port) => {
      said = await runBeside(["softflowd", "-r", capture, "-v", `${version}`, "-n", `127.0.0.1:${port}`, "-d"], 30_000);
    });
    expect(counters).toMatchObject(CLEAN);
    const exported = /Flows exported: \d+ \((\d+) records\)/.exec(said);
    expect(counters.recordsDecoded, said).toBe(Number(exported?.[1]));
    expect(Object.fromEntries(sink.flows)).toEqual(Object.fromEntries(expected(version)));
  });

  test.for(VERSIONS)("pmacctd, version %i", async (version, ctx) => {
    skipWithout(ctx, "pmacctd");
    const { sink, counters } = await collect(async (port) => {
      const configuration = {
        daemonize: "false",
        pcap_savefile: capture,
        plugins: "nfprobe",
        aggregate: "src_host,dst_host,src_port,dst_port,proto,tos,tcpflags",
        nfprobe_receiver: `127.0.0.1:${port}`,
        nfprobe_version: version,
      };
      const file = join(folder, "pmacctd.conf");
      writeFileSync(
        file,
        Object.entries(configuration)
          .map(([key, value]) => `${key}: ${value}\n`)
          .join(""),
      );
      await runBeside(["pmacctd", "-f", file], 60_000);
      await sleep(1000);
    });
    expect(counters).toMatchObject(CLEAN);
    expect(sum(sink.flows)).toEqual(sum(expected(version)));
    expect(Object.fromEntries(sink.flows)).toEqual(Object.fromEntries(expected(version)));
  });

  test.for([5, 9] as const)("nfpcapd and nfreplay, version %i", async (version, ctx) => {
    skipWithout(ctx, "nfpcapd", "nfreplay");
    const files = join(folder, `nfpcapd-${version}`);
    mkdirSync(files);
    must(["nfpcapd", "-r", capture, "-l", files]);
    const dumps = readdirSync(files).filter((name) => name.startsWith("nfcapd."));
    const { sink, counters } = await collect(async (port) => {
      for (const dump of dumps) {
        const to = ["-H", "127.0.0.1", "-p", `${port}`, "-v", `${version}`, "-d", "500"];
        await runBeside(["nfreplay", ...to, "-r", join(files, dump)], 60_000);
      }
    });
    expect(counters).toMatchObject(CLEAN);
    expect(Object.fromEntries(sink.flows)).toEqual(Object.fromEntries(expected(version)));
  });

  test("fprobe, live on a link between two hosts", async (ctx) => {
    skipWithout(ctx, "fprobe", "ping", "ip");
    const reason = absentPrivilege();
    ctx.skip(reason !== undefined, reason);
    const [port, packets, size] = [2055, 100, 200];
    const hosts = new TwoHosts();
    try {
      const { left, right, device } = hosts;
      const collector = new Background(left.exec([process.execPath, `${ROOT}tests/support/collect.mjs`, `${port}`]));
      await collector.until("the collector", () => collector.stdout.includes("ready"));
      // A pending queue of the default 100 packets loses packets inside fprobe itself.
      const options = ["-p", "-i", device, "-f", "icmp", "-s", "1", "-d", "1", "-q", "10000", "-l", "2"];
      const fprobe = new Background(left.exec(["fprobe", ...options, `127.0.0.1:${port}`]));
      await fprobe.until("fprobe", () => fprobe.stdout.includes("collector #1"));
      await sleep(500);
      must(left.exec(["ping", "-q", "-c", `${packets}`, "-i", "0.005", "-s", `${size}`, right.ipv4]));
      await sleep(4000);
      await fprobe.stop();
      const { stdout } = await collector.stop();
      const sums = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as FlowTotal & {
        counters: Record<string, number>;
      };
      expect(sums.counters).toMatchObject(CLEAN);
      expect(sums.counters["datagramsV5"]).toBe(sums.counters["datagramsReceived"]);
      // Requests and replies, each an IPv4 and an ICMP header and the payload.
      expect(sums).toMatchObject({ packets: 2 * packets, bytes: 2 * packets * (28 + size) });
    } finally {
      hosts.remove();
    }
  });
});
