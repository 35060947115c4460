import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { silentLog } from "@ngflow/base";
import { bytes, ipfix, set, template } from "@ngflow/wire/testing";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type Collector, createCollector } from "../collector.ts";
import type { CollectorConfig } from "../config.ts";
import { MemorySink } from "../testing/memory-collector.ts";

/** Connections of the crowd, how many are made together, and how many addresses of loopback they come from. */
const CROWD = 3000;
const AT_ONCE = 250;
const ADDRESSES = 1500;
/** The default bound. */
const MOST = 512;
/** A ClientHello that is not complete: a record of 512 bytes, of which 10 come. */
const HALF_HELLO = Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3);

const folder = mkdtempSync(join(tmpdir(), "ngflow-crowd-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => join(folder, name);

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

async function start(config: CollectorConfig): Promise<{ collector: Collector; sink: MemorySink; port: number }> {
  const sink = new MemorySink();
  const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
  const collector = createCollector({ flushMs: 10, clockLimitMs: 0, ...config }, { sink, clock, log: silentLog });
  await collector.start();
  open.push({ close: () => collector.stop() });
  return { collector, sink, port: collector.listening()[0]!.port };
}

/** Connects from one of many addresses, sends the beginning, and stays until it is cut. */
function stranger(port: number, i: number, beginning: Uint8Array | undefined): Promise<void> {
  const n = i % ADDRESSES;
  const socket = connect({ port, host: "127.0.0.1", localAddress: `127.66.${n >> 8}.${n & 255}` });
  socket.on("error", () => {});
  socket.resume();
  open.push({ close: () => socket.destroy() });
  return new Promise((resolve) => {
    socket.once("connect", () => {
      if (beginning !== undefined) socket.write(beginning);
      resolve();
    });
    socket.once("close", () => resolve());
  });
}

const TEMPLATE = set(
  2,
  template(256, [
    [8, 4],
    [12, 4],
    [1, 4],
  ]),
);
const flow = (sequence: number): Uint8Array =>
  ipfix({ sequence }, set(256, bytes([0x0a000001, 4], [0x0a000002, 4], [sequence + 1, 4])));

/** The crowd connects while an honest exporter sends a record for each batch of it. Returns the honest records sent. */
async function crowd(port: number, honest: Socket, beginning?: Uint8Array): Promise<number> {
  const write = (data: Uint8Array): Promise<void> => new Promise((resolve) => honest.write(data, () => resolve()));
  await write(ipfix({}, TEMPLATE));
  let sent = 0;
  for (let i = 0; i < CROWD; i += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, k) => stranger(port, i + k, beginning)));
    await write(flow(sent++));
  }
  return sent;
}

const absent = process.platform !== "linux" ? "127/8 is one address here" : undefined;

describe.skipIf(absent !== undefined)("thousands of connections from as many addresses", () => {
  it("are bounded over TCP, and an honest exporter loses nothing", { timeout: 120_000 }, async () => {
    const { collector, sink, port } = await start({ listen: [{ host: "127.0.0.1", port: 0, transport: "tcp" }] });
    const honest = connect({ port, host: "127.0.0.1" });
    open.push({ close: () => honest.destroy() });
    const sent = await crowd(port, honest);
    await expect.poll(() => sink.rows.map(({ Bytes }) => Bytes)).toEqual(Array.from({ length: sent }, (_, i) => i + 1));
    const { connections, connectionsAccepted, connectionsRefused, recordsLost } = collector.counters();
    expect(connections).toBe(MOST);
    // Where the kernel's queue is full, a client believes to be connected and the collector never knows.
    expect(connectionsAccepted + connectionsRefused).toBeLessThanOrEqual(CROWD + 1);
    expect(connectionsAccepted + connectionsRefused).toBeGreaterThan(CROWD / 2);
    expect(recordsLost).toBe(0);
    expect(honest.destroyed).toBe(false);
  });

  it.skipIf(spawnSync("openssl", ["version"]).error !== undefined)(
    "half-open over TLS are bounded and end, and an honest exporter loses nothing (skipped without openssl)",
    { timeout: 120_000 },
    async () => {
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file("key")];
      const words = ["req", "-x509", ...key, "-subj", "/CN=server", "-days", "2", "-out", file("crt")];
      execFileSync("openssl", words, { stdio: "ignore" });
      const { collector, sink, port } = await start({
        listen: [{ host: "127.0.0.1", port: 0, transport: "tls" }],
        tls: { certFile: file("crt"), keyFile: file("key"), caFile: undefined, client: "none" },
      });
      const honest = connectTls({ port, host: "127.0.0.1", ca: readFileSync(file("crt")), servername: "server" });
      open.push({ close: () => honest.destroy() });
      await new Promise((resolve, reject) => honest.once("secureConnect", resolve).once("error", reject));
      const sent = await crowd(port, honest, HALF_HELLO);
      await expect
        .poll(() => sink.rows.map(({ Bytes }) => Bytes))
        .toEqual(Array.from({ length: sent }, (_, i) => i + 1));
      expect(collector.counters().connections).toBeLessThanOrEqual(MOST);
      // Handshakes end after ten seconds; then only the honest one is left.
      await expect.poll(() => collector.counters().connections, { timeout: 30_000 }).toBe(1);
      const { tlsFailed, connectionsAccepted, connectionsRefused, recordsLost } = collector.counters();
      // Where the kernel's queue is full, a client believes to be connected and the collector never knows.
      expect(connectionsAccepted + connectionsRefused).toBeLessThanOrEqual(CROWD + 1);
      expect(connectionsAccepted + connectionsRefused).toBeGreaterThan(CROWD / 2);
      expect(tlsFailed).toBe(connectionsAccepted - 1);
      expect(recordsLost).toBe(0);
      expect(honest.destroyed).toBe(false);
    },
  );
});
