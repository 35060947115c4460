import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { silentLog } from "@ngflow/base";
import { openDatagramSocket } from "@ngflow/os/udp";
import { v5 } from "@ngflow/wire/testing";
import { afterEach, describe, expect, it } from "vitest";
import { type Collector, createCollector } from "../collector.ts";
import type { CollectorConfig } from "../config.ts";
import { MemorySink } from "../testing/memory-collector.ts";
import type { TeeConfig } from "./tee-target.ts";

interface Target {
  readonly socket: Socket;
  readonly config: TeeConfig;
  readonly arrived: { hex: string; from: string }[];
}

const cleanup: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

async function boundSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  cleanup.push(() => socket.close());
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

async function target(spoof = false): Promise<Target> {
  const socket = await boundSocket();
  const arrived: Target["arrived"] = [];
  socket.on("message", (bytes, { address, port }) =>
    arrived.push({ hex: bytes.toString("hex"), from: `${address}:${port}` }),
  );
  return { socket, arrived, config: { host: "127.0.0.1", port: socket.address().port, spoof } };
}

async function collectorWith(config: CollectorConfig): Promise<{ collector: Collector; port: number }> {
  const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
  const collector = createCollector(
    { listen: [{ host: "127.0.0.1", port: 0 }], ...config },
    { sink: new MemorySink(), clock, log: silentLog },
  );
  cleanup.push(() => collector.stop());
  await collector.start();
  return { collector, port: collector.listening()[0]!.port };
}

async function until(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!holds() && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Datagrams of several lengths; most are no flows: what the collector cannot read is repeated too. */
function datagrams(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.alloc(24 + (i % 7), i));
}

async function sendAll(port: number, all: readonly Buffer[]): Promise<Socket> {
  const sender = await boundSocket();
  for (const bytes of all) await new Promise((resolve) => sender.send(bytes, port, "127.0.0.1", resolve));
  return sender;
}

describe("tee", () => {
  it("repeats every datagram, byte for byte and in order, to several collectors", async () => {
    const targets = [await target(), await target()];
    const { collector, port } = await collectorWith({ tee: targets.map(({ config }) => config) });
    const all = datagrams(50);
    await sendAll(port, all);
    await until(() => targets.every(({ arrived }) => arrived.length === all.length));
    const hex = all.map((bytes) => bytes.toString("hex"));
    for (const { arrived } of targets) expect(arrived.map((datagram) => datagram.hex)).toEqual(hex);
    const name = `udp://127.0.0.1:${targets[0]!.config.port}`;
    expect(collector.counters()).toMatchObject({
      datagramsReceived: 50,
      teeSent: 100,
      teeDropped: 0,
      teeRefused: 0,
      [`teeSent:${name}`]: 50,
    });
  });

  it.skipIf(process.geteuid?.() !== 0)("keeps the sender's address and port (skipped without root)", async () => {
    const { arrived, config } = await target(true);
    const { port } = await collectorWith({ tee: [config] });
    const sender = await sendAll(port, datagrams(3));
    await until(() => arrived.length === 3);
    expect(arrived.map(({ from }) => from)).toEqual(Array(3).fill(`127.0.0.1:${sender.address().port}`));
  });

  it("counts what an absent collector refuses, and the others get everything", async () => {
    const gone = await target();
    gone.socket.close();
    cleanup.splice(cleanup.length - 1, 1);
    const there = await target();
    const { collector, port } = await collectorWith({ tee: [gone.config, there.config] });
    const all = datagrams(40);
    await sendAll(port, all);
    await until(() => there.arrived.length === 40);
    await collector.drain();
    expect(there.arrived).toHaveLength(40);
    const counters = collector.counters();
    expect(counters.datagramsReceived).toBe(40);
    expect(counters[`teeRefused:udp://127.0.0.1:${gone.config.port}`]).toBeGreaterThan(0);
    expect(counters[`teeRefused:udp://127.0.0.1:${there.config.port}`]).toBe(0);
  });

  it("does not wait for a collector that reads nothing, and accounts for each", { timeout: 60_000 }, async () => {
    const silent = openDatagramSocket("inet");
    cleanup.push(() => silent.close());
    silent.bind({ family: "inet", address: Uint8Array.of(127, 0, 0, 1), port: 0, flowInfo: 0, scopeId: 0 });
    const local = silent.localAddress();
    const config = { host: "127.0.0.1", port: local?.family === "inet" ? local.port : 0, spoof: false };
    const there = await target();
    const { collector } = await collectorWith({ tee: [config, there.config] });
    // Several times what the receive buffer of a socket holds by default.
    const [count, atOnce] = [1200, 40];
    for (let i = 0; i < count; i++) {
      collector.receive(Buffer.alloc(1400, i % 251), "192.0.2.1", 2055);
      if (i % atOnce === atOnce - 1) await until(() => there.arrived.length === i + 1);
    }
    expect(there.arrived).toHaveLength(count);
    const counters = collector.counters();
    expect(counters).toMatchObject({
      [`teeSent:udp://127.0.0.1:${there.config.port}`]: count,
      datagramsReceived: count,
    });
    const { [`teeSent:udp://127.0.0.1:${config.port}`]: sent, [`teeDropped:udp://127.0.0.1:${config.port}`]: dropped } =
      counters;
    expect(sent! + dropped! + counters[`teeRefused:udp://127.0.0.1:${config.port}`]!).toBe(count);
  });

  it("sends anonymised copies to targets with a key, and the others what came", async () => {
    const hidden = await target();
    const plain = await target();
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    const { collector, port } = await collectorWith({ tee: [{ ...hidden.config, anonymiseKey: key }, plain.config] });
    const address = [10, 1, 2, 3] as const;
    const record = { packets: 1, octets: 1, first: 1, last: 1, sourcePort: 1, destinationPort: 1, protocol: 6 };
    const datagram = Buffer.from(v5({}, [{ ...record, source: address, destination: address }]));
    await sendAll(port, [Buffer.alloc(30, 1), datagram]);
    await until(() => hidden.arrived.length === 1 && plain.arrived.length === 2);
    expect(plain.arrived[1]!.hex).toBe(datagram.toString("hex"));
    const [copy] = hidden.arrived;
    expect(copy!.hex).toHaveLength(2 * datagram.length);
    expect(copy!.hex).not.toContain(Buffer.from(address).toString("hex"));
    expect(collector.counters()).toMatchObject({ teeSent: 3, teeWithheld: 1, teeSetsWithheld: 0 });
  });

  it("does not repeat datagrams of exporters that may not send", async () => {
    const { arrived, config } = await target();
    const { collector, port } = await collectorWith({ tee: [config], allowExporters: ["192.0.2.0/24"] });
    await sendAll(port, datagrams(5));
    await until(() => collector.counters().datagramsNotAllowed === 5);
    expect(collector.counters()).toMatchObject({ datagramsNotAllowed: 5, teeSent: 0 });
    expect(arrived).toEqual([]);
  });

  it.each(["127.0.0.1", "::1", "0.0.0.0"])("refuses to send to its own listener, %s", async (host) => {
    const clock = { nowMs: () => 0, monotonicMs: () => 0 };
    const collector = createCollector(
      { listen: [{ host: "::", port: 29_876 }], tee: [{ host, port: 29_876, spoof: false }] },
      { sink: new MemorySink(), clock, log: silentLog },
    );
    await expect(collector.start()).rejects.toThrow("this collector listens there itself");
  });

  it("refuses to send to the multicast group that it listens on", async () => {
    const clock = { nowMs: () => 0, monotonicMs: () => 0 };
    const collector = createCollector(
      {
        listen: [{ host: "239.192.77.3%lo", port: 29_876 }],
        tee: [{ host: "239.192.77.3", port: 29_876, spoof: false }],
      },
      { sink: new MemorySink(), clock, log: silentLog },
    );
    await expect(collector.start()).rejects.toThrow("this collector listens there itself");
  });
});
