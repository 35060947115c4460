import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatIp } from "@ngflow/base";
import { type Collector, createCollector } from "@ngflow/collector";
import type { FlowBatch, FlowSink } from "@ngflow/flows";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flowKey, type FlowTotal, readCapture } from "../support/capture.ts";
import { dissectWithTshark } from "../support/tshark.ts";
import { Background, must, NGFLOW, ROOT, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, skipWithout } from "../support/needs.ts";
import { captureHeader, makeCapture, RAW_IP } from "../support/packets.ts";
import { freeUdpPort } from "../support/udp-port.ts";

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
  /** Sampling rates that rows came with. */
  readonly rates = new Set<number>();

  write(batch: FlowBatch): number {
    const { SrcAddr, DstAddr, SrcPort, DstPort, Proto, IcmpType, IcmpCode, Bytes, Packets, TimeStart, TimeEnd } =
      batch.columns;
    for (let i = 0; i < batch.rows; i++) {
      this.rates.add(Number(batch.columns.SamplingRate[i]));
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

/** A capture file of datagrams to one port of the loopback address: raw IP, as tcpdump would have written it. */
function captureOf(datagrams: readonly Uint8Array[], port: number): Uint8Array {
  const file = new Uint8Array(24 + datagrams.reduce((total, { length }) => total + 16 + 28 + length, 0));
  const view = new DataView(file.buffer);
  captureHeader(view, RAW_IP);
  let at = 24;
  for (const datagram of datagrams) {
    const length = 28 + datagram.length;
    view.setUint32(at + 8, length, true);
    view.setUint32(at + 12, length, true);
    const ip = at + 16;
    file.set([0x45, 0, length >>> 8, length & 255, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1], ip);
    file.set([port >>> 8, port & 255, port >>> 8, port & 255, (length - 20) >>> 8, (length - 20) & 255, 0, 0], ip + 20);
    file.set(datagram, ip + 28);
    at = ip + length;
  }
  return file;
}

describe("what other exporters send, read by ngflow's collector", () => {
  let folder = "";
  let capture = "";
  let flows = new Map<string, FlowTotal>();
  /** Unix milliseconds of the first packet of the capture. */
  let startMs = 0;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-interop-"));
    capture = join(folder, "office.pcap");
    const file = makeCapture(SEED, FLOWS);
    writeFileSync(capture, file);
    flows = readCapture(file).flows;
    const view = new DataView(file.buffer, file.byteOffset);
    startMs = view.getUint32(24, true) * 1000 + view.getUint32(28, true) / 1000;
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

  /** Start and end of the flows are those of the capture: its first packet, and no more than its 100 seconds later. */
  function expectTimes(sink: TotalsSink): void {
    expect(sink.firstMs).toBeGreaterThanOrEqual(Math.floor(startMs));
    expect(sink.firstMs).toBeLessThan(startMs + 1000);
    expect(sink.lastMs).toBeLessThan(startMs + 100_000);
    expect(sink.lastMs).toBeGreaterThan(startMs + 50_000);
  }

  /** Runs an exporter that reads a file and sends in bursts the test's event loop must be free to receive. */
  async function runBeside(words: readonly string[], timeoutMs: number): Promise<string> {
    const { status, stdout, stderr } = await new Background(words).ended(timeoutMs);
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    return stdout + stderr;
  }

  test.for(["v5", "v9", "ipfix"] as const)("ngflow export, %s", async (format) => {
    let records = 0;
    const { sink, counters } = await collect(async (port) => {
      const words = ["export", "-r", capture, "--format", format, "--to", `udp://127.0.0.1:${port}`, "--stats", "json"];
      const said = await runBeside([...NGFLOW, ...words], 30_000);
      records = (JSON.parse(said.trim().split("\n").at(-1) ?? "") as { records: number }).records;
    });
    expect(counters).toMatchObject({ ...CLEAN, recordsDecoded: records });
    expect(Object.fromEntries(sink.flows)).toEqual(Object.fromEntries(expected(format === "v5" ? 5 : 9)));
    expectTimes(sink);
  });

  test.for([
    ["v5", "10"],
    ["v9", "10"],
    ["ipfix", "10"],
    ["v5", "random:10:3"],
    ["v9", "random:10:3"],
    ["ipfix", "random:10:3"],
  ])("ngflow export, %s, sampling %s: every row has the rate", async ([format, sampling]) => {
    const { sink, counters } = await collect(async (port) => {
      const words = ["export", "-r", capture, "--format", format!, "--sampling", sampling!];
      await runBeside([...NGFLOW, ...words, "--to", `udp://127.0.0.1:${port}`], 30_000);
    });
    expect(counters).toMatchObject(CLEAN);
    expect([...sink.rates]).toEqual([10]);
    // Every tenth packet, whichever flow it is of; v5 leaves those of IPv6 out.
    const tenth = sum(flows).packets / 10;
    if (format !== "v5") expect(Math.abs(sum(sink.flows).packets - tenth)).toBeLessThan(tenth / 10);
    expect(sum(sink.flows).packets).toBeGreaterThan(0);
  });

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
    // Its v5 counts uptimes from its own start, which a capture of the past is not after.
    if (version !== 5) expectTimes(sink);
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
    expectTimes(sink);
    expect(Object.fromEntries(sink.flows)).toEqual(Object.fromEntries(expected(version)));
  });

  test.for(VERSIONS)("`ngflow decode` and tshark read softflowd's version %i datagrams alike", async (version, ctx) => {
    skipWithout(ctx, "softflowd", "tshark");
    const port = await freeUdpPort();
    const file = join(folder, `softflowd-${version}.pcap`);
    const socket = createSocket("udp4");
    const datagrams: Uint8Array[] = [];
    socket.on("message", (datagram) => datagrams.push(datagram));
    socket.bind(port, "127.0.0.1");
    await once(socket, "listening");
    await runBeside(["softflowd", "-r", capture, "-v", `${version}`, "-n", `127.0.0.1:${port}`, "-d"], 30_000);
    await sleep(300);
    socket.close();
    writeFileSync(file, captureOf(datagrams, port));
    const lines = must([...NGFLOW, "decode", file])
      .trim()
      .split("\n");
    const decoded = new Map<string, FlowTotal>();
    for (const line of lines) {
      const { kind, fields: f } = JSON.parse(line) as { kind: string; fields: Record<string, number | string> };
      expect(kind).not.toBe("error");
      if (kind !== "flow") continue;
      const proto = Number(f["protocolIdentifier"]);
      const icmp = f["icmpTypeCodeIPv4"] ?? f["icmpTypeCodeIPv6"];
      const dstPort = icmp ?? f["destinationTransportPort"];
      const [src, dst] = [
        f["sourceIPv4Address"] ?? f["sourceIPv6Address"],
        f["destinationIPv4Address"] ?? f["destinationIPv6Address"],
      ];
      const key = flowKey(String(src), String(dst), Number(f["sourceTransportPort"] ?? 0), Number(dstPort ?? 0), proto);
      const total = decoded.get(key) ?? { bytes: 0, packets: 0 };
      total.bytes += Number(f["octetDeltaCount"]);
      total.packets += Number(f["packetDeltaCount"]);
      decoded.set(key, total);
    }
    const dissected = dissectWithTshark(file);
    expect(Object.fromEntries(decoded)).toEqual(Object.fromEntries(expected(version)));
    for (const [key, total] of dissected.flows) expect(decoded.get(key), key).toEqual(total);
    // softflowd leaves options out of the record count of v9, and tshark stops reading there: one flow a datagram with
    // options is not dissected.
    const options = lines.filter((line) => line.startsWith('{"kind":"option"')).length;
    expect(decoded.size - dissected.flows.size).toBeLessThanOrEqual(version === 9 ? options : 0);
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
