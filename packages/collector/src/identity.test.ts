import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { silentLog } from "@ngflow/base";
import { bytes, ipfix, set, template, v9 } from "@ngflow/wire/testing";
import { afterEach, describe, expect, it } from "vitest";
import { type Collector, createCollector } from "./collector.ts";
import { memoryCollector, MemorySink } from "./testing/memory-collector.ts";

const FIELDS = [
  [8, 4],
  [1, 4],
] as const;
const TEMPLATE = set(0, template(256, FIELDS));
const record = (octets: number): Uint8Array => bytes([0x0a000001, 4], [octets, 4]);
const flows = (sequence: number, count: number): Uint8Array =>
  v9({ sequence }, set(256, ...Array.from({ length: count }, (_, i) => record(i + 1))));

const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
/** The header of a proxy for an exporter at 192.0.2.`host`. */
const proxied = (host: number, port: number, ...parts: Uint8Array[]): Uint8Array =>
  bytes(SIGNATURE, [0x2112, 2], [12, 2], [0xc0000200 + host, 4], [0x7f000001, 4], [port, 2], [2055, 2], ...parts);

describe("a rate of records per exporter", () => {
  it("limits one that floods, counts what it costs it, and costs another nothing", async () => {
    const m = memoryCollector({ exporterRate: 100 });
    for (const address of ["192.0.2.1", "192.0.2.2"]) await m.receive(v9({}, TEMPLATE), address);
    for (let i = 1; i <= 20; i++) {
      await m.receive(flows(i, 50), "192.0.2.1");
      await m.receive(flows(i, 5), "192.0.2.2");
      m.nowMs += 50;
    }
    // 100 at once, and those of 950 ms.
    const of = (address: string): number => m.sink.rows.filter(({ ExporterAddr }) => ExporterAddr === address).length;
    expect([of("192.0.2.1"), of("192.0.2.2")]).toEqual([195, 100]);
    expect(m.collector.counters()).toMatchObject({ recordsOverRate: 805, recordsLimited: 0, recordsLost: 0 });
    const [flooding, other] = m.collector.exporters();
    expect([flooding!.recordsLimited, other!.recordsLimited]).toEqual([805, 0]);
  });

  it("is no limit by default", async () => {
    const m = memoryCollector();
    await m.receive(v9({}, TEMPLATE));
    for (let i = 1; i <= 20; i++) await m.receive(flows(i, 50));
    expect(m.sink.rows).toHaveLength(1000);
  });
});

describe("sessions per address", () => {
  it("take templates of one port for the data of another, and compare no numbers between ports", async () => {
    const m = memoryCollector({ sessionBy: "address" });
    await m.receive(v9({ sequence: 5 }, TEMPLATE), "192.0.2.1", 1000);
    for (let i = 0; i < 10; i++) await m.receive(flows(100 + 7 * i, 1), "192.0.2.1", 1001 + (i % 2));
    expect(await m.receive(flows(1, 1), "192.0.2.2", 1000)).toHaveLength(10);
    expect(m.collector.counters()).toMatchObject({ sessions: 2, setsHeld: 1, recordsLost: 0, sequenceGaps: 0 });
  });

  it("compare the numbers of a port that is alone", async () => {
    const m = memoryCollector({ sessionBy: "address" });
    await m.receive(v9({ sequence: 0 }, TEMPLATE), "192.0.2.1", 1000);
    for (const sequence of [1, 2, 6, 7]) await m.receive(flows(sequence, 1), "192.0.2.1", 1000);
    expect(m.collector.counters()).toMatchObject({ sequenceGaps: 1 });
    for (let i = 0; i < 4; i++) {
      m.nowMs += 30_000;
      await m.receive(flows(50 + 2 * i, 1), "192.0.2.1", 2000);
    }
    expect(m.collector.counters()).toMatchObject({ sequenceGaps: 2 });
  });

  it("are not the default", async () => {
    const m = memoryCollector();
    await m.receive(v9({}, TEMPLATE), "192.0.2.1", 1000);
    expect(await m.receive(flows(1, 1), "192.0.2.1", 1001)).toEqual([]);
  });
});

describe("exporters behind a proxy", () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) await each.close();
  });

  it("are told apart by its header, over UDP", async () => {
    const m = memoryCollector({ proxies: ["10.9.9.9"], allowExporters: ["192.0.2.0/28"] });
    for (const host of [1, 2]) {
      await m.receive(proxied(host, 7000 + host, v9({}, TEMPLATE)), "10.9.9.9");
      await m.receive(proxied(host, 7000 + host, flows(1, 1)), "10.9.9.9");
    }
    expect(m.sink.rows.map(({ ExporterAddr }) => ExporterAddr)).toEqual(["192.0.2.1", "192.0.2.2"]);
    expect(m.collector.exporters()).toMatchObject([
      { address: "192.0.2.1", port: 7001 },
      { address: "192.0.2.2", port: 7002 },
    ]);
    // Who may send is asked of the exporter.
    await m.receive(proxied(99, 7000, v9({}, TEMPLATE)), "10.9.9.9");
    await m.receive(v9({}, TEMPLATE), "10.9.9.9");
    expect(m.collector.counters()).toMatchObject({ datagramsNotAllowed: 1, proxyHeadersInvalid: 1, sessions: 2 });
  });

  it("are not believed from an address that is no proxy", async () => {
    const m = memoryCollector({ proxies: ["10.9.9.9"] });
    await m.receive(proxied(1, 7000, v9({}, TEMPLATE)), "192.0.2.50");
    expect(m.collector.counters()).toMatchObject({ "malformed:version-unknown": 1, sessions: 0 });
  });

  async function start(): Promise<{ collector: Collector; sink: MemorySink }> {
    const sink = new MemorySink();
    const collector = createCollector(
      {
        listen: [
          { host: "127.0.0.1", port: 0, transport: "tcp" },
          { host: "127.0.0.1", port: 0 },
        ],
        proxies: ["127.0.0.1"],
        clockLimitMs: 0,
      },
      { sink, clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() }, log: silentLog },
    );
    await collector.start();
    open.push({ close: () => collector.stop() });
    return { collector, sink };
  }

  const MESSAGES = bytes(ipfix({}, set(2, template(256, FIELDS))), ipfix({}, set(256, record(7))));

  it.each([[1], [5], [28], [33], [1000]])("over TCP, when %i bytes come at a time", async (size) => {
    const { collector, sink } = await start();
    const socket = connect(collector.listening()[0]!.port, "127.0.0.1");
    open.push({ close: () => socket.destroy() });
    socket.setNoDelay(true);
    const stream = proxied(5, 7005, MESSAGES);
    for (let o = 0; o < stream.length; o += size) {
      await new Promise<void>((resolve) => {
        socket.write(stream.subarray(o, o + size), () => resolve());
      });
    }
    await expect.poll(() => sink.rows.map(({ ExporterAddr }) => ExporterAddr)).toEqual(["192.0.2.5"]);
    expect(collector.exporters()).toMatchObject([{ address: "192.0.2.5", port: 7005, transport: "tcp" }]);
  });

  it("over a socket of UDP; a connection without a header is closed", async () => {
    const { collector, sink } = await start();
    const udp = createSocket("udp4");
    open.push({ close: () => udp.close() });
    const { port } = collector.listening()[1]!;
    for (const part of [v9({}, TEMPLATE), flows(1, 1)]) {
      await new Promise<void>((resolve) => {
        udp.send(proxied(6, 7006, part), port, "127.0.0.1", () => resolve());
      });
    }
    await expect
      .poll(() => sink.rows.map(({ ExporterAddr }) => ExporterAddr), { timeout: 10_000 })
      .toEqual(["192.0.2.6"]);
    const socket = connect(collector.listening()[0]!.port, "127.0.0.1");
    open.push({ close: () => socket.destroy() });
    socket.on("error", () => {});
    await new Promise((resolve) => {
      socket.resume().on("close", resolve);
      socket.write(MESSAGES);
    });
    expect(collector.counters()).toMatchObject({ proxyHeadersInvalid: 1, connectionsAccepted: 0 });
  });
});
