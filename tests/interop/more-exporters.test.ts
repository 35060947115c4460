import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FlowTotal, readCapture } from "../support/capture.ts";
import { Background, must, ROOT, sleep } from "../support/command.ts";
import { skipWithout } from "../support/needs.ts";
import { makeCapture } from "../support/packets.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { freeUdpPort, untilRead } from "../support/udp-port.ts";

/** Debian's Python, which has Debian's packages. */
const PYTHON = "/usr/bin/python3";
const PYTHON_IPFIX = "/usr/lib/python3/dist-packages/ipfix/__init__.py";

interface Sums extends FlowTotal {
  readonly rows: number;
  readonly counters: Readonly<Record<string, number>>;
}

/**
 * Runs `send` with the port of the built collector, and returns the sums of what that took.
 * @param transport of the collector's address, and the files of TLS
 */
async function collect(
  send: (port: number, collector: Background) => Promise<void>,
  ...transport: readonly string[]
): Promise<Sums> {
  const isUdp = transport.length === 0;
  const port = await (isUdp ? freeUdpPort() : freeTcpPort());
  const words = [`${ROOT}tests/support/collect.mjs`, String(port), ...transport];
  const collector = new Background([process.execPath, ...words]);
  await collector.until("the collector", () => collector.stdout.includes("ready"));
  await send(port, collector);
  if (isUdp) await untilRead(port);
  await sleep(300);
  const { stdout } = await collector.stop();
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Sums;
}

/** The files of a certificate that signs itself and of its key. */
function makeCertificate(folder: string): [certificate: string, key: string] {
  const [certificate, key] = [join(folder, "server.crt"), join(folder, "server.key")];
  const words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  must([...words, "-subj", "/CN=collector", "-days", "2", "-keyout", key, "-out", certificate]);
  return [certificate, key];
}

/** Samples of 128 bytes that fit into a datagram of sfprobe. */
const SAMPLES_OF_A_DATAGRAM = 10;

/** A capture of little-endian pcap, cut after its first IP packets. */
function firstPackets(file: Uint8Array, count: number): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset);
  let end = 24;
  for (let packets = 0; packets < count;) {
    const type = view.getUint16(end + 16 + 12);
    if (type === 0x0800 || type === 0x86dd) packets++;
    end += 16 + view.getUint32(end + 8, true);
  }
  return file.subarray(0, end);
}

const CLEAN = { recordsLost: 0, sequenceGaps: 0, malformed: 0, internalErrors: 0, setsHeld: 0, kernelDrops: 0 };

describe("what other exporters send, read by ngflow's collector", () => {
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-exporters-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("pmacctd's sfprobe, sFlow", async (ctx) => {
    skipWithout(ctx, "pmacctd");
    const capture = join(folder, "office.pcap");
    const file = makeCapture(20_260_104, 200);
    writeFileSync(capture, file);
    const sums = await collect(async (port) => {
      const configuration = {
        daemonize: "false",
        pcap_savefile: capture,
        plugins: "sfprobe",
        sampling_rate: 1,
        sfprobe_receiver: `127.0.0.1:${port}`,
        sfprobe_agentip: "127.0.0.1",
      };
      const lines = Object.entries(configuration).map(([key, value]) => `${key}: ${value}\n`);
      writeFileSync(join(folder, "sfprobe.conf"), lines.join(""));
      const pmacctd = new Background(["pmacctd", "-f", join(folder, "sfprobe.conf")]);
      await pmacctd.ended(60_000);
      await sleep(2000);
    });
    expect(sums.counters).toMatchObject({ ...CLEAN, sflowFlowSamples: sums.rows });
    // sfprobe never sends its last datagram if that is not full.
    expect(readCapture(file).ip.packets - sums.packets).toBeLessThan(SAMPLES_OF_A_DATAGRAM);
    expect({ packets: sums.packets, bytes: sums.bytes }).toEqual(readCapture(firstPackets(file, sums.packets)).ip);
  });

  test("python3-ipfix, IPFIX", async (ctx) => {
    ctx.skip(!existsSync(PYTHON_IPFIX), "not installed: python3-ipfix");
    let sent: unknown;
    const sums = await collect(async (port) => {
      sent = JSON.parse(must([PYTHON, `${ROOT}tests/support/send-ipfix.py`, String(port)]));
    });
    expect({ records: sums.rows, packets: sums.packets, bytes: sums.bytes }).toEqual(sent);
    expect(sums.counters).toMatchObject({ ...CLEAN, datagramsIpfix: 20 });
  });

  test.for(["tcp", "tls"])("python3-ipfix, IPFIX over %s", async (transport, ctx) => {
    ctx.skip(!existsSync(PYTHON_IPFIX), "not installed: python3-ipfix");
    skipWithout(ctx, "openssl");
    const [certificate, key] = makeCertificate(folder);
    let sent: unknown;
    const sums = await collect(
      async (port) => {
        sent = JSON.parse(must([PYTHON, `${ROOT}tests/support/send-ipfix.py`, String(port), transport, certificate]));
      },
      transport,
      ...(transport === "tls" ? [certificate, key] : []),
    );
    expect({ records: sums.rows, packets: sums.packets, bytes: sums.bytes }).toEqual(sent);
    expect(sums.counters).toMatchObject({ ...CLEAN, messagesReceived: 20, connectionsAccepted: 1, tlsFailed: 0 });
  });

  test("an exporter that never reads loses nothing when it ends its connection of TLS", async (ctx) => {
    ctx.skip(!existsSync(PYTHON), "not installed: python3");
    skipWithout(ctx, "openssl");
    const [certificate, key] = makeCertificate(folder);
    const sums = await collect(
      async (port, { pid }) => {
        must([PYTHON, `${ROOT}tests/support/send-unread.py`, String(port), certificate, String(pid), "200"]);
      },
      ...["tls", certificate, key],
    );
    expect(sums.counters).toMatchObject({ connectionsAccepted: 1, connectionsReset: 0, tlsFailed: 0 });
    expect(sums.rows).toBe(200);
  });
});
