import { connect, type Socket } from "node:net";
import { bytes, ipfix, set, template, v9 } from "@ngflow/wire/testing";
import { afterEach, describe, expect, it } from "vitest";
import { type Collector, createCollector } from "../collector.ts";
import type { CollectorConfig } from "../config.ts";
import { MemorySink } from "../testing/memory-collector.ts";

const FIELDS = [
  [8, 4],
  [12, 4],
  [1, 4],
] as const;
const TEMPLATE = set(2, template(256, FIELDS));
const record = (octets: number): Uint8Array => bytes([0x0a000001, 4], [0x0a000002, 4], [octets, 4]);
const flow = (sequence: number, octets: number): Uint8Array => ipfix({ sequence }, set(256, record(octets)));

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

interface Running {
  readonly collector: Collector;
  readonly sink: MemorySink;
  readonly log: string[];
  readonly port: number;
  /** The sizes of the flows received so far. */
  octets(): unknown[];
}

async function start(config: CollectorConfig = {}): Promise<Running> {
  const sink = new MemorySink();
  const log: string[] = [];
  const note = (fields: object, message: string): void =>
    void log.push(`${message} ${(fields as { reason?: string }).reason ?? ""}`);
  const collector = createCollector(
    { listen: [{ host: "127.0.0.1", port: 0, transport: "tcp" }], flushMs: 10, clockLimitMs: 0, ...config },
    {
      sink,
      clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
      log: { info: () => {}, warn: note, error: note },
    },
  );
  await collector.start();
  open.push({ close: () => collector.stop() });
  const { port } = collector.listening()[0]!;
  return { collector, sink, log, port, octets: () => sink.rows.map(({ Bytes }) => Bytes) };
}

/** A connection that keeps what happens to it. */
async function client(port: number, localAddress = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  socket.on("error", () => {});
  socket.resume();
  open.push({ close: () => socket.destroy() });
  await new Promise<void>((resolve) => {
    socket.once("connect", () => resolve());
    socket.once("close", () => resolve());
  });
  return socket;
}

const written = (socket: Socket, data: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    socket.write(data, () => resolve());
  });
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once("close", () => resolve());
  });

describe("IPFIX over TCP", () => {
  it("is decoded, whatever the pieces that it comes in, and listed with its transport", async () => {
    const { collector, port, octets } = await start();
    const socket = await client(port);
    socket.setNoDelay(true);
    const stream = bytes(ipfix({}, TEMPLATE), flow(0, 1), flow(1, 2), flow(2, 3));
    for (const byte of stream) await written(socket, Uint8Array.of(byte));
    await written(socket, bytes(flow(3, 4), flow(4, 5)));
    await expect.poll(octets).toEqual([1, 2, 3, 4, 5]);
    expect(collector.exporters()).toMatchObject([
      { address: "127.0.0.1", transport: "tcp", protocol: "ipfix", records: 5, recordsLost: 0, datagrams: 6 },
    ]);
    expect(collector.counters()).toMatchObject({
      connections: 1,
      connectionsAccepted: 1,
      messagesReceived: 6,
      datagramsReceived: 6,
      bytesReceived: stream.length + 2 * flow(0, 0).length,
      datagramsIpfix: 6,
      sessionsEstablished: 1,
    });
  });

  it("counts records that the exporter lost", async () => {
    const { collector, port, octets } = await start();
    const socket = await client(port);
    await written(socket, bytes(ipfix({}, TEMPLATE), flow(0, 1), flow(8, 2), flow(9, 3)));
    await expect.poll(octets).toEqual([1, 2, 3]);
    expect(collector.counters()).toMatchObject({ recordsLost: 7, sequenceGaps: 1 });
  });

  it("its templates end with the connection, and those of another connection are others", async () => {
    const { collector, port, octets } = await start();
    const first = await client(port);
    const second = await client(port);
    await written(first, bytes(ipfix({}, TEMPLATE), flow(0, 1)));
    await written(second, flow(0, 2));
    await expect.poll(() => collector.counters()["setsHeld"]).toBe(1);
    await expect.poll(octets).toEqual([1]);
    first.end();
    await closed(first);
    await expect.poll(() => collector.counters()).toMatchObject({ connections: 1, sessions: 1, templatesKnown: 0 });
    const third = await client(port);
    await written(third, flow(1, 3));
    await expect.poll(() => collector.counters()["setsHeld"]).toBe(2);
    second.end();
    third.end();
    await expect.poll(() => collector.counters()).toMatchObject({ connections: 0, sessions: 0, setsHeldDropped: 2 });
    expect(collector.counters()).toMatchObject({ sessionsEvicted: 0, connectionsCut: 0, connectionsMalformed: 0 });
  });

  it.each([
    ["NetFlow v9", v9({}), "NetFlow v9 has no length in its header: send it over UDP, or send IPFIX"],
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "a message begins with 18245, not with the version 10 of IPFIX"],
    ["a length that is too small", bytes([10, 2], [8, 2]), "a message has the length 8, less than its header"],
  ])("is closed at %s, after the messages before it", async (_, bad, reason) => {
    const { collector, port, octets, log } = await start();
    const socket = await client(port);
    await written(socket, bytes(ipfix({}, TEMPLATE), flow(0, 1), bad));
    await closed(socket);
    await expect.poll(octets).toEqual([1]);
    expect(log).toEqual([`a connection was closed ${reason}`]);
    expect(collector.counters()).toMatchObject({ connections: 0, connectionsMalformed: 1, messagesReceived: 2 });
    // Others go on.
    await written(await client(port), bytes(ipfix({}, TEMPLATE), flow(0, 2)));
    await expect.poll(octets).toEqual([1, 2]);
  });

  it("that ends inside a message is counted", async () => {
    const { collector, port } = await start();
    const socket = await client(port);
    await written(socket, bytes(ipfix({}, TEMPLATE), flow(0, 1).subarray(0, 20)));
    socket.end();
    await expect.poll(() => collector.counters()).toMatchObject({ connections: 0, connectionsCut: 1 });
  });

  it("that ends with a reset is counted", async () => {
    const { collector, port, log } = await start();
    const socket = await client(port);
    await written(socket, bytes(ipfix({}, TEMPLATE), flow(0, 1)));
    await expect.poll(() => collector.counters()["messagesReceived"]).toBe(2);
    socket.resetAndDestroy();
    await expect.poll(() => collector.counters()).toMatchObject({ connections: 0, connectionsReset: 1 });
    expect(log).toEqual(["a connection was closed it was reset: what its exporter had not sent is lost"]);
  });

  it("what the kernel has received is decoded at the stop", async () => {
    const { collector, port, octets } = await start({ flushMs: 60_000 });
    const socket = await client(port);
    const many = Array.from({ length: 2000 }, (_, i) => flow(i, i + 1));
    await written(socket, bytes(ipfix({}, TEMPLATE), ...many));
    await collector.stop();
    expect(octets()).toHaveLength(2000);
    await closed(socket);
    await expect(start({ listen: [{ host: "127.0.0.1", port, transport: "tcp" }] })).resolves.toBeDefined();
  });

  it("is refused where it is not allowed, and where a port is in use", async () => {
    const { collector, port } = await start({ allowExporters: ["192.0.2.0/24"] });
    await closed(await client(port));
    expect(collector.counters()).toMatchObject({ connectionsNotAllowed: 1, connectionsAccepted: 0 });
    await expect(start({ listen: [{ host: "127.0.0.1", port, transport: "tcp" }] })).rejects.toThrow(
      `TCP port ${port} on 127.0.0.1 is in use`,
    );
  });
});

describe("many connections", () => {
  it("thousands from some addresses: the bounds hold, and an exporter beside them loses nothing", async () => {
    const { collector, port, octets } = await start({ maxConnections: 100, maxConnectionsPerAddress: 10 });
    const exporter = await client(port);
    await written(exporter, ipfix({}, TEMPLATE));
    let most = 0;
    for (let i = 0; i < 20; i++) {
      const batch = Array.from({ length: 100 }, (_, k) => client(port, `127.0.0.${2 + ((i + k) % 5)}`));
      const sockets = await Promise.all(batch);
      await written(exporter, flow(i, i + 1));
      most = Math.max(most, collector.counters()["connections"]!);
      for (const socket of sockets.slice(0, 90)) socket.destroy();
    }
    await expect.poll(octets, { timeout: 10_000 }).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    const { connectionsAccepted, connectionsRefused } = collector.counters();
    // One that closed before it was accepted is neither.
    expect(connectionsAccepted! + connectionsRefused!).toBeLessThanOrEqual(2001);
    expect(connectionsAccepted! + connectionsRefused!).toBeGreaterThan(1000);
    expect(most).toBeLessThanOrEqual(51);
    expect(most).toBeGreaterThan(5);
  }, 60_000);

  it("a connection whose session gives way to others is closed, so that its exporter begins again", async () => {
    const { collector, port, log } = await start({ maxSessions: 8 });
    const sockets = await Promise.all(Array.from({ length: 10 }, (_, i) => client(port, `127.0.0.${i + 1}`)));
    await expect
      .poll(async () => {
        await Promise.all(sockets.map((socket) => !socket.destroyed && written(socket, ipfix({}, TEMPLATE))));
        return collector.counters()["connectionsLost"];
      })
      .toBeGreaterThan(0);
    expect(log[0]).toContain("a connection was closed a session of it gave way to others");
    const { connectionsLost, connections, sessionsEvicted } = collector.counters();
    expect(connections).toBe(10 - connectionsLost!);
    expect(sessionsEvicted).toBe(connectionsLost);
  });
});
