import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytes, ipfix, ipfixOptions, set, template, type TestV5Record, v5, v9, v9Options } from "@ngflow/wire/testing";
import { afterEach, describe, expect, it } from "vitest";
import { createCollector } from "./collector.ts";
import { memoryCollector } from "./testing/memory-collector.ts";

const RECORD: TestV5Record = {
  source: [10, 0, 0, 1],
  destination: [10, 0, 0, 2],
  packets: 3,
  octets: 1500,
  first: 990_000,
  last: 999_000,
  sourcePort: 1234,
  destinationPort: 80,
  protocol: 6,
};

/** source, destination, octets(4), packets(4), protocol, ports. */
const FIELDS = [
  [8, 4],
  [12, 4],
  [1, 4],
  [2, 4],
  [4, 1],
  [7, 2],
  [11, 2],
] as const;

function row(octets: number, packets = 1, protocol = 17, destinationPort = 53): Uint8Array {
  return bytes(
    [0x0a000001, 4],
    [0x0a000002, 4],
    [octets, 4],
    [packets, 4],
    [protocol, 1],
    [4000, 2],
    [destinationPort, 2],
  );
}

const TEMPLATE = set(0, template(256, FIELDS));

describe("rows", () => {
  it("v5: every column of a record", async () => {
    const m = memoryCollector();
    const rows = await m.receive(v5({ sequence: 0, domain: 0x0102, sampling: 0x4064 }, [RECORD]));
    expect(rows).toEqual([
      expect.objectContaining({
        TimeReceived: 1_700_000_001_000,
        TimeStart: 1_700_000_000_250 - 10_000,
        TimeEnd: 1_700_000_000_250 - 1_000,
        ExporterAddr: "192.0.2.1",
        Domain: 0x0102,
        Version: 5,
        IpVersion: 4,
        SrcAddr: "10.0.0.1",
        DstAddr: "10.0.0.2",
        NextHop: "10.9.9.9",
        SrcPort: 1234,
        DstPort: 80,
        Proto: 6,
        TcpFlags: 0x1b,
        Tos: 0x20,
        InIf: 3,
        OutIf: 4,
        SrcAS: 65001,
        DstAS: 65002,
        SrcMask: 24,
        DstMask: 16,
        Bytes: 1500,
        Packets: 3,
        SamplingRate: 100,
        SamplingSource: 1,
      }),
    ]);
  });

  it("v5: an interval without a mode counts, none is rate 1 of no source", async () => {
    const m = memoryCollector();
    await m.receive(v5({ sequence: 0, sampling: 1000 }, [RECORD]));
    const rows = await m.receive(v5({ sequence: 1 }, [RECORD]));
    expect(rows.map((r) => [r["SamplingRate"], r["SamplingSource"]])).toEqual([
      [1000, 1],
      [1, 0],
    ]);
  });

  it("uptimes survive the wrap of the 32-bit uptime", async () => {
    const m = memoryCollector();
    const rows = await m.receive(
      v5({ upTimeMs: 5_000 }, [
        { ...RECORD, first: 2 ** 32 - 20_000, last: 2 ** 32 - 1 },
        { ...RECORD, first: 4_000, last: 6_000 },
      ]),
    );
    expect(rows.map((r) => [r["TimeStart"], r["TimeEnd"]])).toEqual([
      [1_700_000_000_250 - 25_000, 1_700_000_000_250 - 5_001],
      [1_700_000_000_250 - 1_000, 1_700_000_000_250 + 1_000],
    ]);
  });

  it("ipfix: uptimes count from the start sent in the record or in options, else only the duration counts", async () => {
    const m = memoryCollector();
    const boot = 1_700_000_000_000 - 10_000;
    const uptimes = [
      [2, 4],
      [22, 4],
      [21, 4],
    ] as const;
    const both = bytes([1, 4], [7_000, 4], [9_500, 4]);
    const templates = set(2, template(300, uptimes), template(301, [...uptimes, [160, 8]]));
    await m.receive(ipfix({}, templates, set(300, both), set(301, both, bytes([boot, 8]))));
    const options = set(3, ipfixOptions(302, [[143, 4]], [[160, 8]]));
    const rows = await m.receive(ipfix({}, options, set(302, bytes([1, 4], [boot, 8])), set(300, both)));
    expect(rows.map((r) => [r["TimeStart"], r["TimeEnd"]])).toEqual([
      [1_700_000_000_000 - 2_500, 1_700_000_000_000],
      [boot + 7_000, boot + 9_500],
      [boot + 7_000, boot + 9_500],
    ]);
  });

  it("times follow from one time and a duration, and deltas from the export time", async () => {
    const m = memoryCollector();
    const templates = set(
      2,
      template(300, [
        [2, 4],
        [153, 8],
        [161, 4],
      ]),
      template(301, [
        [2, 4],
        [150, 4],
        [162, 4],
      ]),
      template(302, [
        [2, 4],
        [158, 4],
        [159, 4],
      ]),
    );
    const rows = await m.receive(
      ipfix(
        {},
        templates,
        set(300, bytes([1, 4], [1_699_999_999_000, 8], [2_500, 4])),
        set(301, bytes([1, 4], [1_699_999_000, 4], [1_500_000, 4])),
        set(302, bytes([1, 4], [3_000_000, 4], [1_000_000, 4])),
      ),
    );
    expect(rows.map((r) => [r["TimeStart"], r["TimeEnd"]])).toEqual([
      [1_699_999_996_500, 1_699_999_999_000],
      [1_699_999_000_000, 1_699_999_001_500],
      [1_699_999_997_000, 1_699_999_999_000],
    ]);
  });

  it("ipfix: a time past every calendar is none", async () => {
    const m = memoryCollector();
    const fields = [
      [2, 4],
      [152, 8],
      [153, 8],
    ] as const;
    const start = 1_700_000_000_000;
    const rows = await m.receive(
      ipfix(
        { seconds: 1_700_000_002 },
        set(2, template(300, fields)),
        set(
          300,
          bytes([1, 4], [start, 8], [2 ** 62, 8]),
          bytes([1, 4], [2 ** 63, 8], [start, 8]),
          bytes([1, 4], [2 ** 44, 8], [2 ** 55, 8]),
        ),
      ),
    );
    expect(rows.map((r) => [r["TimeStart"], r["TimeEnd"]])).toEqual([
      [start, start],
      [start, start],
      [1_700_000_002_000, 1_700_000_002_000],
    ]);
  });

  it("ICMP type and code come from the destination port, which stays", async () => {
    const m = memoryCollector();
    const rows = await m.receive(v9({}, TEMPLATE, set(256, row(64, 1, 1, 0x0301), row(64, 1, 6, 0x0301))));
    expect(rows.map((r) => [r["IcmpType"], r["IcmpCode"], r["DstPort"]])).toEqual([
      [3, 1, 0x0301],
      [0, 0, 0x0301],
    ]);
  });

  it("ipfix: times of every precision, MAC, VLAN, MPLS, masks of either family, reduced and large integers", async () => {
    const m = memoryCollector();
    const fields = [
      [27, 16],
      [28, 16],
      [154, 8],
      [157, 8],
      [56, 6],
      [80, 6],
      [243, 2],
      [70, 3],
      [29, 1],
      [13, 1],
      [1, 8],
      [2, 3],
      [178, 1],
      [179, 1],
      [4, 1],
      [10, 8],
      [31, 4],
    ] as const;
    const rows = await m.receive(
      ipfix(
        { domain: 7 },
        set(2, template(300, fields)),
        set(
          300,
          bytes([0x20010db8000000000000000000000001n, 16], [2, 16]),
          bytes(
            [1_700_000_000 + 2_208_988_800, 4],
            [0x80000000, 4],
            [1_700_000_001 + 2_208_988_800, 4],
            [0x40000000, 4],
          ),
          bytes([0x020000000001, 6], [0x020000000002, 6], [77, 2], [0x12345f, 3], [64, 1], [48, 1]),
          bytes([2 ** 40 + 5, 8], [70_000, 3], [128, 1], [3, 1], [58, 1], [2 ** 33, 8], [0xabcde, 4]),
        ),
      ),
    );
    expect(rows).toEqual([
      expect.objectContaining({
        Version: 10,
        Domain: 7,
        IpVersion: 6,
        SrcAddr: "2001:db8::1",
        DstAddr: "::2",
        TimeStart: 1_700_000_000_500,
        TimeEnd: 1_700_000_001_250,
        SrcMac: "02:00:00:00:00:01",
        DstMac: "02:00:00:00:00:02",
        Vlan: 77,
        MplsLabel: 0x12345,
        SrcMask: 64,
        DstMask: 48,
        Bytes: 2 ** 40 + 5,
        Packets: 70_000,
        IcmpType: 128,
        IcmpCode: 3,
        InIf: 0xffffffff,
        FlowLabel: 0xabcde,
      }),
    ]);
  });

  it("a template with both families takes the one that is set", async () => {
    const m = memoryCollector();
    const fields = [
      [8, 4],
      [27, 16],
      [2, 4],
    ] as const;
    const rows = await m.receive(
      v9(
        {},
        set(0, template(256, fields)),
        set(256, bytes([0, 4], [5, 16], [1, 4]), bytes([0x0a000001, 4], [0, 16], [1, 4])),
      ),
    );
    expect(rows.map((r) => [r["SrcAddr"], r["IpVersion"]])).toEqual([
      ["::5", 6],
      ["10.0.0.1", 4],
    ]);
  });

  it("a biflow becomes two rows, the second swapped; without reverse traffic one", async () => {
    const m = memoryCollector();
    const fields = [...FIELDS, [1, 4, 29305], [2, 4, 29305]] as const;
    const rows = await m.receive(
      ipfix(
        {},
        set(2, template(300, fields)),
        set(300, row(100, 2), bytes([900, 4], [9, 4]), row(50), bytes([0, 4], [0, 4])),
      ),
    );
    expect(rows.map((r) => [r["SrcAddr"], r["DstAddr"], r["SrcPort"], r["DstPort"], r["Bytes"], r["Packets"]])).toEqual(
      [
        ["10.0.0.1", "10.0.0.2", 4000, 53, 100, 2],
        ["10.0.0.2", "10.0.0.1", 53, 4000, 900, 9],
        ["10.0.0.1", "10.0.0.2", 4000, 53, 50, 1],
      ],
    );
    expect(m.collector.counters()).toMatchObject({ recordsDecoded: 2, rowsWritten: 3 });
  });

  it("fills more rows than a batch holds, and counts what the sink refuses", async () => {
    const m = memoryCollector({ batchRows: 8 });
    m.sink.limit = 5;
    const rows = await m.receive(v9({}, TEMPLATE, set(256, ...Array.from({ length: 20 }, (_, i) => row(i)))));
    const counters = m.collector.counters();
    expect(counters.recordsDecoded).toBe(20);
    expect(rows.length).toBe(counters.rowsWritten);
    expect(counters.rowsWritten + counters.rowsRefused).toBe(20);
    expect(counters.rowsRefused).toBeGreaterThan(0);
  });

  it("leaves nothing of earlier rows behind in a reused batch", async () => {
    const m = memoryCollector({ batchRows: 8 });
    await m.receive(v5({}, [RECORD, RECORD]));
    const rows = await m.receive(v9({ domain: 9 }, set(0, template(256, [[2, 4]])), set(256, bytes([1, 4]))));
    expect(rows.at(-1)).toMatchObject({ SrcAddr: "::", SrcPort: 0, Bytes: 0, Packets: 1, TcpFlags: 0, IpVersion: 0 });
  });
});

describe("sampling", () => {
  it("takes rates by sampler id from v9 options, and the only rate for records without an id", async () => {
    const m = memoryCollector();
    const options = set(
      1,
      v9Options(
        300,
        [[1, 4]],
        [
          [48, 1],
          [50, 4],
        ],
      ),
    );
    const withId = set(0, template(256, [...FIELDS, [48, 1]]), template(257, FIELDS));
    await m.receive(v9({ sequence: 0 }, options, withId, set(300, bytes([0, 4], [1, 1], [100, 4]))));
    await m.receive(v9({ sequence: 1 }, set(257, row(1))));
    const rows = await m.receive(
      v9(
        { sequence: 2 },
        set(300, bytes([0, 4], [2, 1], [2000, 4])),
        set(256, row(1), bytes([1, 1]), row(1), bytes([2, 1]), row(1), bytes([9, 1])),
        set(257, row(1)),
      ),
    );
    expect(rows.map((r) => [r["SamplingRate"], r["SamplingSource"]])).toEqual([
      [100, 3],
      [100, 3],
      [2000, 3],
      [1, 0],
      [1, 0],
    ]);
    expect(m.collector.exporters()[0]).toMatchObject({ samplers: { 1: 100, 2: 2000 } });
  });

  it("reads the interval and space pair of IPFIX in options and in records, and says which", async () => {
    const m = memoryCollector();
    await m.receive(
      ipfix(
        { sequence: 0 },
        set(
          3,
          ipfixOptions(
            301,
            [[143, 4]],
            [
              [305, 4],
              [306, 4],
            ],
          ),
        ),
        set(301, bytes([1, 4], [2, 4], [998, 4])),
        set(2, template(300, FIELDS), template(302, [...FIELDS, [305, 4], [306, 4]])),
      ),
    );
    const rows = await m.receive(
      ipfix({ sequence: 1 }, set(300, row(1)), set(302, row(1), bytes([1, 4], [63, 4]), row(1), bytes([0, 4], [0, 4]))),
    );
    expect(rows.map((r) => [r["SamplingRate"], r["SamplingSource"]])).toEqual([
      [500, 3],
      [64, 2],
      [500, 3],
    ]);
  });
});

describe("templates", () => {
  it("are kept apart by address, port and domain", async () => {
    const m = memoryCollector();
    const other = set(
      0,
      template(256, [
        [2, 4],
        [8, 4],
      ]),
    );
    await m.receive(v9({ domain: 1 }, TEMPLATE), "192.0.2.1", 5000);
    await m.receive(v9({ domain: 2 }, other), "192.0.2.1", 5000);
    await m.receive(v9({ domain: 1 }, other), "192.0.2.2", 5000);
    await m.receive(v9({ domain: 1 }, other), "192.0.2.1", 5001);
    const small = set(256, bytes([7, 4], [0x0a0000ff, 4]));
    await m.receive(v9({ domain: 1, sequence: 1 }, set(256, row(100))), "192.0.2.1", 5000);
    await m.receive(v9({ domain: 2, sequence: 1 }, small), "192.0.2.1", 5000);
    await m.receive(v9({ domain: 1, sequence: 1 }, small), "192.0.2.2", 5000);
    const rows = await m.receive(v9({ domain: 1, sequence: 1 }, small), "192.0.2.1", 5001);
    expect(rows.map((r) => [r["SrcAddr"], r["Packets"]])).toEqual([
      ["10.0.0.1", 1],
      ["10.0.0.255", 7],
      ["10.0.0.255", 7],
      ["10.0.0.255", 7],
    ]);
    expect(m.collector.counters()).toMatchObject({ sessions: 4, templatesKnown: 4, recordsLost: 0 });
  });

  it("data before its template in the same datagram is decoded", async () => {
    const m = memoryCollector();
    expect(await m.receive(v9({}, set(256, row(1), row(2)), TEMPLATE, set(256, row(3))))).toHaveLength(3);
    expect(m.collector.counters()).toMatchObject({ setsHeldTotal: 1, setsRecovered: 1, setsHeld: 0, setBytesHeld: 0 });
  });

  it("data of earlier datagrams keeps its own times when the template comes", async () => {
    const m = memoryCollector();
    m.nowMs = 1_700_000_100_000;
    expect(await m.receive(v9({ sequence: 0, seconds: 1_700_000_100 }, set(256, row(1))))).toEqual([]);
    expect(m.collector.exporters()[0]!.missingTemplates).toMatchObject([{ id: 256, sets: 1, bytes: 24 }]);
    m.nowMs = 1_700_000_200_000;
    const rows = await m.receive(v9({ sequence: 1, seconds: 1_700_000_200 }, TEMPLATE));
    expect(rows.map((r) => [r["TimeReceived"], r["TimeEnd"]])).toEqual([[1_700_000_100_000, 1_700_000_100_000]]);
    expect(m.collector.counters()).toMatchObject({ recordsLost: 0, recordsDecoded: 1 });
  });

  it("held data is bounded, and counted when it is refused", async () => {
    const m = memoryCollector({ heldBytes: 1200 });
    for (let i = 0; i < 4; i++) await m.receive(v9({ sequence: i }, set(256, row(i))));
    expect(m.collector.counters()).toMatchObject({
      setsHeldTotal: 4,
      setsHeld: 2,
      setsHeldDropped: 2,
      setBytesHeld: 48,
    });
    expect(await m.receive(v9({ sequence: 4 }, TEMPLATE))).toHaveLength(2);
  });

  it("empty sets without a template do not wait", async () => {
    const m = memoryCollector();
    await m.receive(v9({}, ...Array.from({ length: 300 }, () => set(256))));
    expect(m.collector.counters()).toMatchObject({ setsHeldTotal: 0, setsHeld: 0, malformed: 0 });
  });

  it("a changed template takes effect, one that is withdrawn over a connection is forgotten", async () => {
    const m = memoryCollector();
    const change = (...sets: Uint8Array[]): Promise<object[]> => m.receive(ipfix({}, ...sets), "192.0.2.1", 5000, 1);
    await change(set(2, template(256, FIELDS)), set(256, row(1)));
    await change(set(2, template(256, [[2, 4]])), set(256, bytes([5, 4])));
    const rows = await change(set(2, bytes([256, 2], [0, 2])), set(256, bytes([6, 4])));
    expect(rows).toHaveLength(2);
    expect(m.collector.counters()).toMatchObject({
      templatesLearned: 2,
      templatesWithdrawn: 1,
      templatesKnown: 0,
      setsHeld: 1,
    });
  });

  it("floods of templates and of exporters stay bounded", async () => {
    const m = memoryCollector({ maxTemplates: 10, maxSessions: 5, maxTemplateFields: 60 });
    const exporter = (i: number): string => `198.51.100.${i}`;
    for (let i = 0; i < 40; i++) await m.receive(v9({ sequence: i }, set(0, template(256 + i, [[8, 4]]))));
    expect(m.collector.counters()).toMatchObject({ templatesKnown: 10, templatesRefused: 30 });
    for (let i = 0; i < 40; i++) {
      m.nowMs += 1000;
      await m.receive(v9({ domain: 100 + i }, set(0, template(256, FIELDS))), exporter(i));
    }
    expect(m.collector.counters()).toMatchObject({ sessions: 5, sessionsEvicted: 36, templatesKnown: 5 });
  });

  it("a flood from many ports of one address costs no other exporter its templates", async () => {
    const m = memoryCollector({ maxSessions: 8, maxTemplateFields: 60 });
    await m.receive(v9({ sequence: 0 }, TEMPLATE), "192.0.2.1", 5000);
    for (let i = 0; i < 40; i++) {
      m.nowMs++;
      await m.receive(v9({}, TEMPLATE), "192.0.2.66", 6000 + i);
    }
    expect(await m.receive(v9({ sequence: 1 }, set(256, row(1))), "192.0.2.1", 5000)).toHaveLength(1);
  });

  it("after a flood the templates of exporters are taken again, also of those at its address", async () => {
    const m = memoryCollector({ maxTemplateFields: 60 });
    const large = Array.from({ length: 30 }, () => [8, 4] as const);
    await m.receive(v9({ sequence: 0 }, set(0, template(256, large))), "192.0.2.66", 6000);
    const otherLarge = large.map(() => [12, 4] as const);
    await m.receive(v9({ sequence: 0 }, set(0, template(256, otherLarge))), "192.0.2.67", 6000);
    m.nowMs++;
    await m.receive(v9({ sequence: 0 }, TEMPLATE), "192.0.2.1", 5000);
    await m.receive(v9({ sequence: 0 }, set(0, template(256, large.slice(7)))), "192.0.2.66", 6000);
    m.nowMs++;
    await m.receive(v9({ domain: 1, sequence: 0 }, TEMPLATE), "192.0.2.66", 6001);
    await m.receive(v9({ sequence: 1 }, set(256, row(1))), "192.0.2.1", 5000);
    await m.receive(v9({ domain: 1, sequence: 1 }, set(256, row(2))), "192.0.2.66", 6001);
    expect(m.sink.rows.map((r) => r["Bytes"])).toEqual([1, 2]);
    expect(m.collector.counters()).toMatchObject({ templatesKnown: 4, templatesRefused: 0, sessionsEvicted: 1 });
  });

  it("exporters with the same templates share the room for them, up to four times", async () => {
    const m = memoryCollector({ maxTemplateFields: 60 });
    const ten = Array.from({ length: 10 }, () => [8, 4] as const);
    for (let i = 1; i <= 24; i++) {
      m.nowMs += 1000;
      await m.receive(v9({ sequence: 0 }, set(0, template(256, ten))), `192.0.2.${i}`, 5000);
    }
    expect(m.collector.counters()).toMatchObject({ templatesKnown: 24, templatesRefused: 0, sessionsEvicted: 0 });
    m.nowMs += 1000;
    await m.receive(v9({ sequence: 0 }, set(0, template(256, ten))), "192.0.2.25", 5000);
    expect(m.collector.counters()).toMatchObject({ templatesKnown: 24, sessionsEvicted: 1 });
  });

  it("a new source port takes over from a silent one, not from a live one", async () => {
    const m = memoryCollector();
    await m.receive(v9({ sequence: 50 }, TEMPLATE), "192.0.2.1", 5000);
    m.nowMs += 1000;
    expect(await m.receive(v9({ sequence: 0 }, set(256, row(1))), "192.0.2.1", 6000)).toEqual([]);
    m.nowMs += 60_000;
    await m.receive(v9({ sequence: 51 }, TEMPLATE), "192.0.2.3", 5000);
    m.nowMs += 60_000;
    expect(await m.receive(v9({ sequence: 0 }, set(256, row(1))), "192.0.2.3", 7000)).toHaveLength(1);
    expect(m.collector.counters()).toMatchObject({ recordsLost: 0, sequenceResets: 0 });
  });
});

describe("state file", () => {
  const directories: string[] = [];
  const directory = (): string => {
    const path = mkdtempSync(join(tmpdir(), "collector-"));
    directories.push(path);
    return path;
  };
  afterEach(() => {
    for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true });
  });

  it("sessions that differ in the port are one after a restart, and data still waiting at the end is counted", async () => {
    const config = { stateDir: directory(), listen: [] };
    const before = memoryCollector(config);
    await before.collector.start();
    for (let port = 5000; port < 5010; port++) await before.receive(v9({}, TEMPLATE), "192.0.2.1", port);
    await before.receive(v9({ sequence: 1 }, set(300, row(1))));
    await before.collector.stop();
    expect(before.collector.counters()).toMatchObject({ templatesKnown: 10, setsHeld: 0, setsHeldDropped: 1 });
    const after = memoryCollector(config);
    await after.collector.start();
    expect(after.collector.counters()).toMatchObject({ sessions: 1, templatesKnown: 1 });
    await after.collector.stop();
  });

  it("templates and rates survive a restart", async () => {
    const stateDir = directory();
    const config = { stateDir, listen: [] };
    const before = memoryCollector(config);
    await before.collector.start();
    await before.receive(
      v9({}, TEMPLATE, set(1, v9Options(300, [[1, 4]], [[34, 4]])), set(300, bytes([0, 4], [64, 4]))),
    );
    await before.collector.stop();
    const after = memoryCollector(config);
    await after.collector.start();
    const rows = await after.receive(v9({ sequence: 99 }, set(256, row(1))), "192.0.2.1", 9999);
    expect(rows.map((r) => [r["Bytes"], r["SamplingRate"]])).toEqual([[1, 64]]);
    await after.collector.stop();
  });

  it("rates that came after the templates were saved survive a restart, by what they are about", async () => {
    const config = { stateDir: directory(), listen: [] };
    const before = memoryCollector(config);
    await before.collector.start();
    const flows = template(257, [...FIELDS, [10, 2]]);
    await before.receive(v9({}, TEMPLATE, set(0, flows), set(1, v9Options(300, [[2, 4]], [[34, 4]]))));
    await before.collector.stop();
    await before.collector.start();
    await before.receive(v9({ sequence: 1 }, set(300, bytes([7, 4], [70, 4]))));
    await before.collector.stop();
    const after = memoryCollector(config);
    await after.collector.start();
    const data = set(257, row(1), bytes([7, 2]), row(2), bytes([8, 2]));
    const rows = await after.receive(v9({ sequence: 99 }, data), "192.0.2.1", 9999);
    expect(rows.map((r) => [r["Bytes"], r["SamplingRate"]])).toEqual([
      [1, 70],
      [2, 1],
    ]);
    await after.collector.stop();
  });

  const withFacts = (facts: object): string => {
    const session = { address: "192.0.2.1", version: 9, domain: 1, lastSeenMs: 1, bootMs: 1, samplingRate: 1 };
    return JSON.stringify({ format: 1, sessions: [{ ...session, samplers: [], templates: [], ...facts }] });
  };
  const damaged = [
    ...["", "{", '{"format":1,"sessions":[{"address":1}]}', '{"format":2,"sessions":[]}', "null"],
    ...[withFacts({ samplingRate: -5 }), withFacts({ bootMs: 0.5 }), withFacts({ samplers: [[1, 2 ** 40]] })],
    ...[withFacts({ samplers: [[-1, 5]] }), withFacts({ interfaces: [[0.5, 5]] })],
    ...['{"format":2}\n', '{"format":2}\n{"end":1}\n', '{"format":2}\n{"end":0}\n{"end":0}\n'],
  ];
  it.each(damaged)("a damaged file (%j) is set aside and reported", async (text) => {
    const stateDir = directory();
    writeFileSync(join(stateDir, "templates.json"), text);
    const m = memoryCollector({ stateDir, listen: [] });
    await m.collector.start();
    expect(m.log.filter((line) => line.level === "warn")).toHaveLength(1);
    expect(readFileSync(join(stateDir, "templates.json.bad"), "utf8")).toBe(text);
    await m.collector.stop();
  });
});

describe("sockets", () => {
  it("receive every version over IPv4 and IPv6, drain, and stop twice", async () => {
    const m = memoryCollector({
      listen: [
        { host: "::", port: 0 },
        { host: "127.0.0.1", port: 0 },
      ],
    });
    await m.collector.start();
    await m.collector.start();
    const [first, second] = m.collector.listening();
    const socket4 = createSocket("udp4");
    const socket6 = createSocket("udp6");
    const send = (socket: typeof socket4, data: Uint8Array, port: number, host: string): Promise<void> =>
      new Promise((resolve, reject) => socket.send(data, port, host, (error) => (error ? reject(error) : resolve())));
    await send(socket4, v5({}, [RECORD]), first!.port, "127.0.0.1");
    await send(socket6, v9({}, TEMPLATE, set(256, row(1))), first!.port, "::1");
    await send(socket4, ipfix({}, set(2, template(256, FIELDS)), set(256, row(1))), second!.port, "127.0.0.1");
    socket4.close();
    socket6.close();
    await m.collector.stop();
    await m.collector.stop();
    expect(m.sink.rows.map((r) => [r["ExporterAddr"], r["Version"]]).sort()).toEqual([
      ["127.0.0.1", 10],
      ["127.0.0.1", 5],
      ["::1", 9],
    ]);
    expect(m.collector.counters()).toMatchObject({ datagramsReceived: 3, kernelDrops: 0, malformed: 0 });
  });

  it("a port in use is one clear error, and nothing stays bound", async () => {
    const taken = createSocket("udp4");
    await new Promise<void>((resolve) => taken.bind({ port: 0, address: "127.0.0.1", exclusive: true }, resolve));
    const { port } = taken.address();
    const m = memoryCollector({
      listen: [
        { host: "127.0.0.1", port: 0 },
        { host: "127.0.0.1", port },
      ],
    });
    await expect(m.collector.start()).rejects.toMatchObject({
      code: "listen-in-use",
      exit: 71,
      message: expect.stringContaining(`UDP port ${port} on 127.0.0.1 is in use`),
    });
    expect(m.collector.listening()).toEqual([]);
    taken.close();
  });

  it("counts what the kernel drops when the receive buffer is full", async (context) => {
    if (process.platform !== "linux") context.skip("kernel drop counters are Linux's");
    const m = memoryCollector({ listen: [{ host: "127.0.0.1", port: 0 }], receiveBufferBytes: 4096 });
    await m.collector.start();
    const socket = createSocket("udp4");
    const data = v9({}, TEMPLATE, set(256, ...Array.from({ length: 50 }, () => row(1))));
    const sent = 500;
    await new Promise<void>((resolve) => {
      let left = sent;
      for (let i = 0; i < sent; i++) {
        socket.send(data, m.collector.listening()[0]!.port, "127.0.0.1", () => {
          if (--left === 0) resolve();
        });
      }
    });
    socket.close();
    await m.collector.stop();
    const { datagramsReceived, kernelDrops } = m.collector.counters();
    expect(datagramsReceived + kernelDrops).toBe(sent);
  });
});

describe("faults", () => {
  it("garbage is counted by reason and harms nothing", async () => {
    const m = memoryCollector();
    await m.receive(v9({}, TEMPLATE));
    await m.receive(Uint8Array.of());
    await m.receive(bytes([0x4745, 2], [0x5420, 2]));
    await m.receive(v9({ sequence: 1 }, set(256, row(1)), bytes([256, 2], [999, 2])));
    const counters = m.collector.counters();
    expect(counters).toMatchObject({ malformed: 3, internalErrors: 0, recordsDecoded: 1 });
    expect(counters["malformed:header-short"]).toBe(1);
    expect(counters["malformed:version-unknown"]).toBe(1);
    expect(counters["malformed:set-length"]).toBe(1);
  });

  it("a sink that throws loses its rows by count, not the collector", async () => {
    const errors: object[] = [];
    const collector = createCollector(
      {},
      {
        sink: {
          write() {
            throw new Error("full");
          },
        },
        clock: { nowMs: () => 0, monotonicMs: () => 0 },
        log: { info() {}, warn() {}, error: (fields) => void errors.push(fields) },
      },
    );
    collector.receive(v5({}, [RECORD]), "192.0.2.1", 1);
    await collector.drain();
    expect(collector.counters()).toMatchObject({ rowsRefused: 1, rowsWritten: 0, internalErrors: 1 });
    expect(errors).toHaveLength(1);
  });
});
