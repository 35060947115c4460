import { bytes, ipfix, ipfixOptions, set, template, type TestField, v5, v9, v9Options } from "@ngflow/wire/testing";
import { expect, it } from "vitest";
import { memoryCollector, type Row } from "./testing/memory-collector.ts";

/** Inputs rebuilt from public reports of wrong numbers in other collectors, each with the right ones. */

const u32 = (...values: readonly number[]): Uint8Array => bytes(...values.map((value) => [value, 4] as const));
const SECONDS = 1_700_000_000;
const KEY: TestField[] = [
  [8, 4],
  [12, 4],
];
const key = (n = 1): Uint8Array => u32(0x0a000000 + n, 0xc6336401);

async function rowsOf(...datagrams: readonly Uint8Array[]): Promise<Row[]> {
  const memory = memoryCollector();
  let rows: Row[] = [];
  for (const datagram of datagrams) rows = await memory.receive(datagram);
  return rows;
}

it("names of applications, with ids of nine bytes, are no rates of sampling (nfdump 77)", async () => {
  const options = [
    set(
      1,
      v9Options(
        512,
        [[1, 4]],
        [
          [95, 9],
          [96, 16],
        ],
      ),
    ),
    set(512, bytes([1, 4], [0x1f00_0006, 4], [1713, 5], new TextEncoder().encode("some application"))),
  ];
  const flows = [
    set(0, template(256, [...KEY, [1, 4], [95, 9]])),
    set(256, bytes(key(), [100, 4], [31, 1], [1713, 8])),
  ];
  expect(await rowsOf(v9({ sequence: 1 }, ...options), v9({ sequence: 2 }, ...flows))).toMatchObject([
    { Bytes: 100, SamplingRate: 1, SamplingSource: 0 },
  ]);
});

it("an end shortly after the header's uptime is after the export, not 49 days before (pmacct 640)", async () => {
  const fields: TestField[] = [...KEY, [22, 4], [21, 4]];
  const record = bytes(key(), u32(66_888_064, 66_892_160));
  const rows = await rowsOf(
    v9({ seconds: SECONDS, upTimeMs: 66_892_000 }, set(0, template(256, fields)), set(256, record)),
  );
  expect(rows).toMatchObject([{ TimeStart: SECONDS * 1000 - 3936, TimeEnd: SECONDS * 1000 + 160, TimeSource: 1 }]);
});

it("uptimes of IPFIX without the exporter's start give way to absolute times (pmacct 940)", async () => {
  const fields: TestField[] = [...KEY, [22, 4], [21, 4], [152, 8], [153, 8]];
  const [start, end] = [SECONDS * 1000 - 5250, SECONDS * 1000 - 250];
  const record = bytes(key(), u32(1_000_000, 1_005_000), [start, 8], [end, 8]);
  expect(await rowsOf(ipfix({ seconds: SECONDS }, set(2, template(256, fields)), set(256, record)))).toMatchObject([
    { TimeStart: start, TimeEnd: end, TimeSource: 1 },
  ]);
});

it("a selector that says 0 is no rate beside one that says 10922 (nfdump 187)", async () => {
  const options = (id: number, algorithm: number, interval: number): Uint8Array[] => [
    set(
      3,
      ipfixOptions(
        id,
        [[149, 4]],
        [
          [35, 1],
          [34, 4],
        ],
      ),
    ),
    set(id, bytes([0, 4], [algorithm, 1], [interval, 4])),
  ];
  const flows = [set(2, template(256, [...KEY, [1, 4]])), set(256, bytes(key(), [1500, 4]))];
  for (const order of [
    [...options(512, 2, 0), ...options(513, 0, 10_922)],
    [...options(513, 0, 10_922), ...options(512, 2, 0)],
  ]) {
    expect(await rowsOf(ipfix({}, ...order), ipfix({}, ...flows))).toMatchObject([{ SamplingRate: 10_922 }]);
  }
});

it("packet interval and space without a sampler are the rate of all (nfdump 410)", async () => {
  const options = [
    set(
      3,
      ipfixOptions(
        512,
        [[149, 4]],
        [
          [305, 4],
          [306, 4],
        ],
      ),
    ),
    set(512, bytes([0, 4], [1, 4], [4999, 4])),
  ];
  const flows = [set(2, template(256, [...KEY, [1, 4]])), set(256, bytes(key(), [1500, 4]))];
  expect(await rowsOf(ipfix({}, ...options), ipfix({}, ...flows))).toMatchObject([{ SamplingRate: 5000 }]);
});

it("of two templates, one sampled and one not, only the sampled one has a rate (nfdump 212)", async () => {
  const options = [
    set(
      1,
      v9Options(
        512,
        [[1, 4]],
        [
          [48, 1],
          [49, 1],
          [50, 4],
        ],
      ),
    ),
    set(512, bytes([1, 4], [3, 1], [2, 1], [1000, 4])),
  ];
  const templates = set(0, template(256, [...KEY, [48, 1], [1, 4]]), template(257, [...KEY, [48, 1], [1, 4]]));
  const rows = await rowsOf(
    v9({ sequence: 1 }, ...options),
    v9({ sequence: 2 }, templates),
    v9({ sequence: 3 }, set(256, bytes(key(1), [3, 1], [100, 4])), set(257, bytes(key(2), [0, 1], [100, 4]))),
  );
  expect(rows.map(({ SamplingRate, Bytes }) => [SamplingRate, Bytes])).toEqual([
    [1000, 100],
    [1, 100],
  ]);
});

it("of addresses of both families in one record the one that is there counts (MikroTik)", async () => {
  const fields: TestField[] = [
    [8, 4],
    [12, 4],
    [27, 16],
    [28, 16],
    [1, 4],
  ];
  const six = (last: number): Uint8Array => bytes(u32(0x20010db8, 0, 0, last));
  const four = bytes(u32(0x0a000001, 0x0a000002), new Uint8Array(32), [1, 4]);
  const only = bytes(u32(0, 0), six(1), six(2), [2, 4]);
  expect(await rowsOf(v9({}, set(0, template(256, fields)), set(256, four, only)))).toMatchObject([
    { SrcAddr: "10.0.0.1", DstAddr: "10.0.0.2", IpVersion: 4 },
    { SrcAddr: "2001:db8::1", DstAddr: "2001:db8::2", IpVersion: 6 },
  ]);
});

it("a v5 flow that began just after it ended is short, not of 49 days (nfdump 344)", async () => {
  const rows = await rowsOf(
    v5({ upTimeMs: 5_000_000 }, [
      {
        ...{ source: [10, 0, 0, 1], destination: [10, 0, 0, 2], packets: 1, octets: 40, first: 4_999_001 },
        ...{ last: 4_999_000, sourcePort: 1, destinationPort: 2, protocol: 6 },
      },
    ]),
  );
  expect(Number(rows[0]!["TimeEnd"]) - Number(rows[0]!["TimeStart"])).toBe(1);
});

it("a v9 template whose records are longer than those that come waits for no others (logstash 205)", async () => {
  const long: TestField[] = [...KEY, [1, 4], [82, 53]];
  const rows = await rowsOf(
    v9({ sequence: 1 }, set(0, template(260, long)), set(260, bytes(key(), [5, 4], new Uint8Array(44)))),
    v9({ sequence: 2 }, set(0, template(260, [...KEY, [1, 4]])), set(260, bytes(key(), [7, 4]))),
  );
  expect(rows).toMatchObject([{ Bytes: 7 }]);
});

it("numbers with fewer bytes than their type are times, durations and rates (RFC 7011 section 6.2)", async () => {
  const [start, end] = [SECONDS * 1000 - 5250, SECONDS * 1000 - 250];
  const timed = async (fields: readonly (readonly [id: number, length: number, value: number])[]): Promise<Row> => {
    const set2 = set(2, template(256, [...KEY, ...fields.map(([id, length]) => [id, length] as const)]));
    const record = bytes(key(), ...fields.map(([, length, value]) => [value, length] as const));
    const rows = await rowsOf(ipfix({ seconds: SECONDS }, set2, set(256, record)));
    return rows[0]!;
  };
  // 161 and 162 are durations, 158 and 159 microseconds before the export, 160 the exporter's start, 22 and 21 uptimes.
  expect(
    await timed([
      [152, 8, start],
      [161, 2, 5000],
    ]),
  ).toMatchObject({ TimeStart: start, TimeEnd: end });
  expect(
    await timed([
      [153, 8, end],
      [162, 3, 5_000_000],
    ]),
  ).toMatchObject({ TimeStart: start, TimeEnd: end });
  expect(
    await timed([
      [153, 8, end],
      [161, 8, 5000],
    ]),
  ).toMatchObject({ TimeStart: start, TimeEnd: end });
  expect(
    await timed([
      [158, 3, 5_250_000],
      [159, 3, 250_000],
    ]),
  ).toMatchObject({ TimeStart: start, TimeEnd: end });
  const boot = SECONDS * 1000 - 10_000;
  expect(
    await timed([
      [160, 8, boot],
      [22, 2, 4750],
      [21, 3, 9750],
    ]),
  ).toMatchObject({ TimeStart: start, TimeEnd: end });
  // Without the exporter's start the duration is known.
  expect(
    await timed([
      [22, 2, 4750],
      [21, 3, 9750],
    ]),
  ).toMatchObject({
    ...{ TimeStart: SECONDS * 1000 - 5000, TimeEnd: SECONDS * 1000, TimeSource: 2 },
  });
  expect(
    await timed([
      [152, 8, start],
      [305, 2, 10],
      [306, 3, 990],
    ]),
  ).toMatchObject({ SamplingRate: 100 });
});

it("a probability of four bytes, and sampling by time, are rates", async () => {
  const quarter = new Uint8Array(4);
  new DataView(quarter.buffer).setFloat32(0, 0.004);
  const rated = async (fields: TestField[], ...values: readonly Uint8Array[]): Promise<unknown> => {
    const options = [set(3, ipfixOptions(512, [[149, 4]], fields)), set(512, u32(0), ...values)];
    const flows = [set(2, template(256, [...KEY, [1, 4]])), set(256, bytes(key(), [1500, 4]))];
    return (await rowsOf(ipfix({}, ...options), ipfix({}, ...flows)))[0]!["SamplingRate"];
  };
  expect(await rated([[311, 4]], quarter)).toBe(250);
  expect(
    await rated(
      [
        [307, 4],
        [308, 4],
      ],
      u32(1000, 63_000),
    ),
  ).toBe(64);
});

it("a rate in the datagram of its template and of the data holds for that data (akvorado 89)", async () => {
  const options = [
    set(
      1,
      v9Options(
        512,
        [[1, 4]],
        [
          [48, 1],
          [50, 4],
        ],
      ),
    ),
    set(512, bytes([1, 4], [7, 1], [2000, 4])),
  ];
  const flows = [set(0, template(256, [...KEY, [48, 1], [1, 4]])), set(256, bytes(key(), [7, 1], [100, 4]))];
  expect(await rowsOf(v9({}, ...options, ...flows))).toMatchObject([{ SamplingRate: 2000 }]);
});

it("IPv4 addresses in fields for IPv6 are of IPv4 (go-ipfix, OVS)", async () => {
  const fields: TestField[] = [
    [27, 16],
    [28, 16],
    [1, 4],
  ];
  const mapped = (last: number): Uint8Array => u32(0, 0, 0xffff, last);
  const records = [
    bytes(mapped(0x0a000001), mapped(0x0a000002), [1, 4]),
    bytes(u32(0x20010db8, 0, 0, 1), u32(0x20010db8, 0, 0, 2), [2, 4]),
  ];
  expect(await rowsOf(ipfix({}, set(2, template(256, fields)), set(256, ...records)))).toMatchObject([
    { SrcAddr: "10.0.0.1", IpVersion: 4 },
    { SrcAddr: "2001:db8::1", IpVersion: 6 },
  ]);
});

// sFlow

const AGENT = u32(1, 0xc0000201);
const part = (format: number, ...body: readonly Uint8Array[]): Uint8Array => {
  const content = bytes(...body);
  return bytes([format, 4], [content.length, 4], content);
};
const IPV4 = part(3, u32(1500, 6, 0x0a000001, 0xc6336407, 443, 51_000, 0x12, 8));
const sample = (records: readonly Uint8Array[], { input = 3, output = 4, rate = 256, extra = 0 } = {}): Uint8Array =>
  part(1, u32(1, 3, rate, 1000, 0, input, output, records.length), ...records, new Uint8Array(extra));
const sflow = (...samples: readonly Uint8Array[]): Uint8Array =>
  bytes(u32(5), AGENT, u32(0, 1, 60_000, samples.length), ...samples);

const gateway = (as: number, sourceAs: number, path: readonly number[]): Uint8Array =>
  part(
    1003,
    u32(1, 0xcb007101, as, sourceAs, 0, path.length === 0 ? 0 : 1),
    path.length === 0 ? u32() : u32(2, path.length, ...path),
    u32(0, 100),
  );

it("sFlow: a sample without a gateway has no AS of the one before it (nfdump 262, 273)", async () => {
  const rows = await rowsOf(sflow(sample([IPV4, gateway(64_496, 64_497, [64_498, 64_499])]), sample([IPV4])));
  expect(rows).toMatchObject([
    { SrcAS: 64_497, DstAS: 64_499, BgpNextHop: "203.0.113.1" },
    { SrcAS: 0, DstAS: 0, BgpNextHop: "::" },
  ]);
});

it("sFlow: the source's AS is not the router's (akvorado 173)", async () => {
  const rows = await rowsOf(sflow(sample([IPV4, gateway(64_496, 64_497, [])])));
  expect(rows).toMatchObject([{ SrcAS: 64_497 }]);
});

it("sFlow: what is no interface has no number (akvorado 2071)", async () => {
  // Sent to two interfaces, discarded, ended in the agent, unknown; all began in the agent.
  const outputs = [0x8000_0002, 0x4000_0102, 0x3fff_ffff, 0];
  const rows = await rowsOf(sflow(...outputs.map((output) => sample([IPV4], { output, input: 0x3fff_ffff }))));
  expect(rows.map(({ InIf, OutIf }) => [InIf, OutIf])).toEqual(outputs.map(() => [0, 0]));
});

it("sFlow: padding at the end of a sample hides nothing (sflowtool 8, fastnetmon 626)", async () => {
  const rows = await rowsOf(sflow(sample([IPV4], { extra: 4 }), sample([IPV4])));
  expect(rows).toMatchObject([{ Bytes: 1500 }, { Bytes: 1500 }]);
});

it("sFlow: a rate of 0 is not known", async () => {
  expect(await rowsOf(sflow(sample([IPV4], { rate: 0 })))).toMatchObject([{ SamplingRate: 1, SamplingSource: 0 }]);
});
