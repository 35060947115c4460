import { bytes, ipfix, ipfixOptions, set, template, type TestField } from "@ngflow/wire/testing";
import { describe, expect, it } from "vitest";
import { type MemoryCollector, memoryCollector, type Row } from "./testing/memory-collector.ts";

/** Source address, octets, exporterIPv4Address, exporterIPv6Address, selectorId. */
const FIELDS: readonly TestField[] = [
  [8, 4],
  [1, 4],
  [130, 4],
  [131, 16],
];
const SIX = "2001:db8::7";
const six = bytes([0x2001_0db8, 4], new Uint8Array(11), [7, 1]);
const NONE = new Uint8Array(16);
/** A record of the exporter 10.0.0.`exporter`, or of SIX. */
const record = (octets: number, exporter: number | "six"): Uint8Array =>
  bytes(
    [0xc633_6401, 4],
    [octets, 4],
    [exporter === "six" || exporter === 0 ? 0 : 0x0a00_0000 + exporter, 4],
    exporter === "six" ? six : NONE,
  );

const TEMPLATE = ipfix({}, set(2, template(256, FIELDS), template(257, FIELDS.slice(0, 2))));
/** Rates by exporter: a scope and samplingPacketInterval, samplingPacketSpace. */
const RATES = set(
  3,
  ipfixOptions(
    300,
    [[130, 4]],
    [
      [305, 4],
      [306, 4],
    ],
  ),
);
const rate = (exporter: number, of: number): Uint8Array => bytes([0x0a00_0000 + exporter, 4], [1, 4], [of - 1, 4]);

/** The path that reads by steps, and the one that reads by functions. */
const ways = [
  ["steps", Infinity],
  ["functions", 1],
] as const;

const addresses = (rows: readonly Row[]): unknown[] => rows.map(({ ExporterAddr }) => ExporterAddr);

describe.each(ways)("a record that names its exporter, read by %s", (_way, compileAfter) => {
  const start = async (): Promise<MemoryCollector> => {
    const m = memoryCollector({ compileAfter });
    await m.receive(TEMPLATE);
    // What follows is read by the function, where there is one.
    await m.receive(ipfix({}, set(256, record(1, 0)), set(257, bytes([1, 4], [1, 4]))));
    m.sink.rows.length = 0;
    return m;
  };

  it("belongs to it; one that names none, or the sender, belongs to the sender", async () => {
    const m = await start();
    const records = [record(1, 1), record(2, 1), record(3, 2), record(4, 0), record(5, "six"), record(6, 1)];
    await m.receive(ipfix({ sequence: 2 }, set(256, ...records), set(257, bytes([1, 4], [7, 4]))));
    expect(addresses(m.sink.rows)).toEqual([
      "10.0.0.1",
      "10.0.0.1",
      "10.0.0.2",
      "192.0.2.1",
      SIX,
      "10.0.0.1",
      "192.0.2.1",
    ]);
    expect(m.sink.rows.map(({ Bytes }) => Bytes)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await m.receive(ipfix({ sequence: 9 }, set(256, record(8, 1))), "10.0.0.1", 4000);
    const { recordsCompiled, ...counters } = m.collector.counters();
    expect(recordsCompiled).toBe(compileAfter === 1 ? 7 : 0);
    expect(counters).toMatchObject({ exportersNamed: 3, sessions: 5, recordsOfUnlistedExporters: 0, recordsLost: 0 });
    expect(m.collector.exporters().map((e) => [e.address, e.agent, e.records, e.datagrams])).toEqual([
      ["192.0.2.1", undefined, 9, 3],
      ["192.0.2.1", "10.0.0.1", 3, 1],
      ["192.0.2.1", "10.0.0.2", 1, 1],
      ["192.0.2.1", SIX, 1, 1],
      ["10.0.0.1", undefined, 0, 1],
    ]);
  });

  it("has the rate of its exporter, else that of the sender", async () => {
    const m = await start();
    const general = [set(3, ipfixOptions(301, [[149, 4]], [[34, 4]])), set(301, bytes([0, 4], [7, 4]))];
    await m.receive(ipfix({ sequence: 2 }, RATES, set(300, rate(1, 100), rate(2, 20))));
    await m.receive(ipfix({ sequence: 4 }, set(256, record(1, 1), record(1, 2), record(1, 3), record(1, 0))));
    await m.receive(ipfix({ sequence: 8 }, ...general));
    await m.receive(
      ipfix({ sequence: 9 }, set(256, record(1, 1), record(1, 2), record(1, 3)), set(257, record(1, 0).subarray(0, 8))),
    );
    expect(m.sink.rows.map(({ SamplingRate }) => SamplingRate)).toEqual([100, 20, 1, 1, 100, 20, 7, 7]);
    expect(m.collector.exporters().map(({ agent, samplingRate }) => [agent, samplingRate])).toEqual([
      [undefined, 7],
      ["10.0.0.1", 100],
      ["10.0.0.2", 20],
      ["10.0.0.3", 1],
    ]);
  });

  it("has running totals of its own", async () => {
    const m = memoryCollector({ compileAfter });
    const fields: TestField[] = [
      [8, 4],
      [85, 8],
      [130, 4],
      [152, 8],
      [153, 8],
    ];
    await m.receive(ipfix({}, set(2, template(256, fields))));
    const total = (octets: number, exporter: number): Uint8Array =>
      bytes([0xc633_6401, 4], [octets, 8], [0x0a00_0000 + exporter, 4], [1_700_000_000_000, 8], [1_700_000_000_500, 8]);
    for (let i = 1; i <= 3; i++)
      await m.receive(ipfix({ sequence: 2 * i - 2 }, set(256, total(100 * i, 1), total(1000 * i, 2))));
    expect(m.sink.rows.map(({ Bytes }) => Bytes)).toEqual([100, 1000, 100, 1000, 100, 1000]);
  });
});

describe("what an exporter says of another", () => {
  it("is about the sender itself while no record names one: it has another address than its packets", async () => {
    const m = memoryCollector();
    await m.receive(TEMPLATE);
    await m.receive(ipfix({}, RATES, set(300, rate(1, 50)), set(257, bytes([1, 4], [1, 4]))));
    await m.receive(ipfix({ sequence: 2 }, set(256, record(1, 1)), set(257, bytes([1, 4], [1, 4]))));
    expect(m.sink.rows.map(({ ExporterAddr, SamplingRate }) => [ExporterAddr, SamplingRate])).toEqual([
      ["192.0.2.1", 50],
      ["10.0.0.1", 50],
      ["192.0.2.1", 1],
    ]);
  });

  it("is void when its options template cannot be read any more", async () => {
    const m = memoryCollector();
    await m.receive(TEMPLATE);
    await m.receive(ipfix({}, RATES, set(300, rate(1, 50), rate(2, 60)), set(256, record(1, 1))));
    // More scopes than fields.
    await m.receive(ipfix({ sequence: 3 }, set(3, bytes([300, 2], [1, 2], [2, 2], [130, 2], [4, 2]))));
    await m.receive(ipfix({ sequence: 3 }, set(256, record(1, 1))));
    expect(m.sink.rows.map(({ SamplingRate }) => SamplingRate)).toEqual([50, 1]);
  });

  it("names: they are those of the exporter that the scope names", async () => {
    const m = memoryCollector();
    const names = ipfixOptions(
      301,
      [
        [130, 4],
        [10, 4],
      ],
      [[82, 4]],
    );
    await m.receive(ipfix({}, set(3, names), set(301, bytes([0x0a00_0001, 4], [3, 4], [0x6574_6830, 4]))));
    expect(m.collector.names()).toMatchObject([{ exporter: "10.0.0.1", kind: "interface", id: "3", name: "eth0" }]);
  });
});

describe("bounds of named exporters", () => {
  const many = (from: number, count: number): Uint8Array =>
    set(256, ...Array.from({ length: count }, (_, i) => record(1, from + i)));

  it("1,024 of one session; then the one that was silent for longest gives way, after 30 s", async () => {
    const m = memoryCollector();
    await m.receive(TEMPLATE);
    for (let i = 0; i < 52; i++) await m.receive(ipfix({ sequence: 20 * i }, many(1 + 20 * i, 20)));
    expect(m.collector.counters()).toMatchObject({
      exportersNamed: 1024,
      recordsOfUnlistedExporters: 16,
      recordsDecoded: 1040,
    });
    // The rows of those without a place have their address all the same.
    expect(new Set(addresses(m.sink.rows)).size).toBe(1040);
    m.nowMs += 31_000;
    await m.receive(ipfix({ sequence: 1040 }, many(1021, 20)));
    expect(m.collector.counters()).toMatchObject({ exportersNamed: 1024, recordsOfUnlistedExporters: 16 });
  });

  it("a datagram begins some dozens; the sender is never dropped for one that it names", async () => {
    const m = memoryCollector({ maxSessions: 8 });
    await m.receive(TEMPLATE);
    await m.receive(ipfix({}, many(1, 900)));
    expect(m.collector.counters()).toMatchObject({ recordsDecoded: 900, setsOverBudget: 0 });
    expect(m.collector.counters().recordsOfUnlistedExporters).toBeGreaterThan(800);
    await m.receive(ipfix({ sequence: 900 }, many(2000, 5)));
    expect(m.sink.rows).toHaveLength(905);
    expect(m.collector.counters()).toMatchObject({ setsHeld: 0, internalErrors: 0 });
  });

  it("those of a connection end with it, and none closes it", async () => {
    const m = memoryCollector({ maxSessions: 8 });
    await m.receive(TEMPLATE, "192.0.2.1", 5000, 3);
    for (let i = 0; i < 4; i++)
      await m.receive(ipfix({ sequence: 10 * i }, many(1 + 10 * i, 10)), "192.0.2.1", 5000, 3);
    expect(m.sink.rows).toHaveLength(40);
    m.collector.endConnection(3);
    expect(m.collector.counters()).toMatchObject({ sessions: 0, exportersNamed: 0, connectionsLost: 0 });
  });
});

it("records of variable length name exporters too", async () => {
  const m = memoryCollector();
  const fields: TestField[] = [
    [82, 65535],
    [130, 4],
    [8, 4],
    [1, 4],
  ];
  const flow = (name: string, exporter: number): Uint8Array =>
    bytes(
      [name.length, 1],
      Uint8Array.from(name, (c) => c.charCodeAt(0)),
      [exporter, 4],
      [1, 4],
      [9, 4],
    );
  await m.receive(
    ipfix(
      {},
      set(2, template(256, fields)),
      set(256, flow("a", 0x0a00_0001), flow("", 0x0a00_0002), flow("eth0.1", 0)),
    ),
  );
  expect(addresses(m.sink.rows)).toEqual(["10.0.0.1", "10.0.0.2", "192.0.2.1"]);
});
