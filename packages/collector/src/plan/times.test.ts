import { TIME_SOURCE } from "@ngflow/flows";
import { bytes, ipfix, ipfixOptions, set, template, type TestField, v5, v9 } from "@ngflow/wire/testing";
import { describe, expect, it } from "vitest";
import { memoryCollector, type Row } from "../testing/memory-collector.ts";

const S = 1_700_000_000;
const EXPORT = S * 1000;
const WRAP = 2 ** 32;
const DAY = 86_400_000;
/** packets, flowStartSysUpTime, flowEndSysUpTime. */
const UPTIMES: TestField[] = [
  [2, 4],
  [22, 4],
  [21, 4],
];

function uptimes(start: number, end: number): Uint8Array {
  return bytes([1, 4], [((start % WRAP) + WRAP) % WRAP, 4], [((end % WRAP) + WRAP) % WRAP, 4]);
}

/** Start and end before the export, and where they came from. */
const times = (row: Row): number[] => [
  EXPORT - Number(row["TimeStart"]),
  EXPORT - Number(row["TimeEnd"]),
  Number(row["TimeSource"]),
];

/** One record of a v9 template, with the header's uptime. */
async function v9Times(upTimeMs: number, record: Uint8Array): Promise<number[]> {
  const rows = await memoryCollector().receive(
    v9({ upTimeMs: upTimeMs % WRAP }, set(0, template(256, UPTIMES)), set(256, record)),
  );
  return times(rows[0]!);
}

/** One record of an IPFIX template after options with the exporter's start. */
async function ipfixTimes(bootMs: number | undefined, record: Uint8Array, fields = UPTIMES): Promise<number[]> {
  const options = [set(3, ipfixOptions(300, [[143, 4]], [[160, 8]])), set(300, bytes([1, 4], [bootMs ?? 0, 8]))];
  const rows = await memoryCollector().receive(
    ipfix({}, ...(bootMs === undefined ? [] : options), set(2, template(256, fields)), set(256, record)),
  );
  return times(rows[0]!);
}

describe("uptimes, modulo 2^32 ms", () => {
  it.each([
    ["before the wrap", 40 * DAY],
    ["after it", 60 * DAY],
    ["after two", 120 * DAY],
    ["of which the flow saw one", WRAP + 5_000],
  ])("v9: an uptime %s", async (_, up) => {
    expect(await v9Times(up, uptimes(up - 70_000, up - 10_000))).toEqual([70_000, 10_000, TIME_SOURCE.record]);
  });

  it.each([
    ["before the wrap", 40 * DAY],
    ["after it", 60 * DAY],
    ["of which the flow saw one", WRAP + 5_000],
  ])("ipfix: an uptime %s, with the exporter's start in options and in the record", async (_, up) => {
    const record = uptimes(up - 70_000, up - 10_000);
    const expected = [70_000, 10_000, TIME_SOURCE.record];
    expect(await ipfixTimes(EXPORT - up, record)).toEqual(expected);
    const inRecord = bytes(record, [EXPORT - up, 8]);
    expect(await ipfixTimes(undefined, inRecord, [...UPTIMES, [160, 8]])).toEqual(expected);
  });

  it("v5 and v7: the same arithmetic", async () => {
    const record = { source: [10, 0, 0, 1], destination: [10, 0, 0, 2], packets: 1, octets: 1 } as const;
    const more = { sourcePort: 1, destinationPort: 2, protocol: 17, first: WRAP - 20_000, last: WRAP - 1 };
    const five = v5({ upTimeMs: 5_000 }, [{ ...record, ...more }]);
    const seven = bytes([7, 2], five.slice(2), new Uint8Array(4));
    for (const datagram of [five, seven]) {
      const [row] = await memoryCollector().receive(datagram);
      expect(times(row!)).toEqual([25_000 - 250, 5_001 - 250, TIME_SOURCE.record]);
    }
  });

  it("a flow that lasted longer than half of a wrap", async () => {
    const up = 45 * DAY;
    expect(await v9Times(up, uptimes(1_000, up - 1_000))).toEqual([45 * DAY - 1_000, 1_000, TIME_SOURCE.record]);
  });

  it("a start after the end by a little is no flow of 49 days", async () => {
    expect(await v9Times(DAY, uptimes(DAY - 1_000, DAY - 1_005))).toEqual([1_005, 1_000, TIME_SOURCE.record]);
  });

  it("one uptime alone is start and end", async () => {
    const fields: TestField[] = [
      [2, 4],
      [22, 4],
    ];
    const [row] = await memoryCollector().receive(
      v9({ upTimeMs: 5_000 }, set(0, template(256, fields)), set(256, bytes([1, 4], [WRAP - 5_000, 4]))),
    );
    expect(times(row!)).toEqual([10_000, 10_000, TIME_SOURCE.record]);
  });
});

describe("what is known stays where the rest is not", () => {
  const known = [9_000, 0, TIME_SOURCE.duration];

  it("the duration, without the exporter's start", async () => {
    expect(await ipfixTimes(undefined, uptimes(50_000, 59_000))).toEqual(known);
    expect(await ipfixTimes(0, uptimes(50_000, 59_000))).toEqual(known);
    expect(await ipfixTimes(undefined, bytes(uptimes(50_000, 59_000), [0, 8]), [...UPTIMES, [160, 8]])).toEqual(known);
  });

  it("the duration, without an uptime in the header of v9", async () => {
    expect(await v9Times(0, uptimes(50_000, 59_000))).toEqual(known);
  });

  it("the duration, with a start that cannot be that of this run", async () => {
    expect(await ipfixTimes(EXPORT - 10 * DAY, uptimes(50_000, 59_000))).toEqual(known);
    expect(await ipfixTimes(5_000, uptimes(50_000, 59_000))).toEqual(known);
  });

  it("the duration as a field, with neither start nor end", async () => {
    const fields: TestField[] = [
      [2, 4],
      [161, 4],
    ];
    expect(await ipfixTimes(undefined, bytes([1, 4], [9_000, 4]), fields)).toEqual(known);
    const micro: TestField[] = [
      [2, 4],
      [162, 4],
    ];
    expect(await ipfixTimes(undefined, bytes([1, 4], [9_000_000, 4]), micro)).toEqual(known);
  });

  it("the duration as a field, with an uptime that means nothing", async () => {
    expect(
      await ipfixTimes(undefined, bytes([1, 4], [77, 4], [9_000, 4]), [
        [2, 4],
        [22, 4],
        [161, 4],
      ]),
    ).toEqual(known);
  });

  it("nothing: the export time, and it is said", async () => {
    expect(await ipfixTimes(undefined, bytes([1, 4]), [[2, 4]])).toEqual([0, 0, TIME_SOURCE.export]);
  });
});

describe("clocks", () => {
  /** packets, flowStartMilliseconds, flowEndMilliseconds. */
  const ABSOLUTE: TestField[] = [
    [2, 4],
    [152, 8],
    [153, 8],
  ];
  const HOUR = 3600;

  /** Start and end before the arrival, the source, and what the status says. */
  async function received(seconds: number, set_: Uint8Array, config = {}): Promise<unknown[]> {
    const m = memoryCollector(config);
    m.nowMs = EXPORT;
    const [row] = await m.receive(
      v9({ seconds, upTimeMs: 100_000 }, set(0, template(256, UPTIMES), template(257, ABSOLUTE)), set_),
    );
    const { clock, clockSkewMs, warnings } = m.collector.exporters()[0]!;
    expect(clockSkewMs).toBe((seconds - S) * 1000);
    expect(warnings).toHaveLength(clock === "right" ? 0 : 1);
    expect(m.log.filter(({ level }) => level === "warn")).toHaveLength(clock === "right" ? 0 : 1);
    return [...times(row!), clock];
  }

  const relative = set(256, uptimes(30_000, 90_000));
  const absolute = (seconds: number): Uint8Array =>
    set(257, bytes([1, 4], [seconds * 1000 - 70_000, 8], [seconds * 1000 - 10_000, 8]));

  it.each([
    ["1970", 3_600],
    ["five hours ahead", S + 5 * HOUR],
    ["six hours behind", S - 6 * HOUR],
    ["three days behind", S - 72 * HOUR],
    ["six minutes ahead", S + 360],
    ["years ahead", S + 10 * 365 * 24 * HOUR],
  ])("%s: flows are placed by their arrival, durations stay", async (_, seconds) => {
    expect(await received(seconds, relative)).toEqual([70_000, 10_000, TIME_SOURCE.arrival, "wrong"]);
    expect(await received(seconds, absolute(seconds))).toEqual([70_000, 10_000, TIME_SOURCE.arrival, "wrong"]);
  });

  it("a header with a wrong time before records with right ones", async () => {
    expect(await received(3_600, absolute(S))).toEqual([70_000, 10_000, TIME_SOURCE.arrival, "wrong"]);
  });

  it("a right header before records with wrong ones: in the future, or before clocks were set", async () => {
    expect(await received(S, absolute(S + 5 * HOUR))).toEqual([60_000, 0, TIME_SOURCE.arrival, "right"]);
    expect(await received(S, absolute(3_600))).toEqual([60_000, 0, TIME_SOURCE.arrival, "right"]);
  });

  it("within the limit it is right", async () => {
    expect(await received(S - 299, absolute(S))).toEqual([70_000, 10_000, TIME_SOURCE.record, "right"]);
    expect(await received(S - 10, relative, { clockLimitMs: 5_000 })).toEqual([
      70_000,
      10_000,
      TIME_SOURCE.arrival,
      "wrong",
    ]);
  });

  it("more than a week in the past is a recording: its flows keep their times", async () => {
    const seconds = S - 11 * 24 * HOUR;
    const before = (S - seconds) * 1000;
    const expected = [before + 70_000, before + 10_000, TIME_SOURCE.record, "old"];
    expect(await received(seconds, relative)).toEqual(expected);
    expect(await received(seconds, absolute(seconds))).toEqual(expected);
  });

  it("without a limit every clock is believed", async () => {
    const seconds = S + 5 * HOUR;
    expect(await received(seconds, absolute(seconds), { clockLimitMs: 0 })).toEqual([
      70_000 - 5 * HOUR * 1000,
      10_000 - 5 * HOUR * 1000,
      TIME_SOURCE.record,
      "right",
    ]);
  });
});
