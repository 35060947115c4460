import { bytes, ipfix, set, template, type TestField, v9 } from "@ngflow/wire/testing";
import { describe, expect, it } from "vitest";
import { type MemoryCollector, memoryCollector } from "../testing/memory-collector.ts";

const S = 1_700_000_000;
const START = S * 1000;
const KEY: TestField[] = [
  [8, 4],
  [12, 4],
  [7, 2],
  [11, 2],
  [4, 1],
];
const TIMES: TestField[] = [
  [152, 8],
  [153, 8],
];
const key = (port = 1000): Uint8Array => bytes([0xc000020b, 4], [0xc6336414, 4], [port, 2], [443, 2], [6, 1]);

/** Reports of flows at seconds after START, each a record of one template; answers per row. */
class Reports {
  readonly m: MemoryCollector = memoryCollector();
  readonly #template: Uint8Array;
  #sequence = 0;

  constructor(fields: readonly TestField[]) {
    this.#template = set(2, template(256, fields));
  }

  async send(seconds: number, ...records: Uint8Array[]): Promise<void> {
    this.m.nowMs = (S + seconds) * 1000;
    const header = { sequence: this.#sequence, seconds: S + seconds };
    await this.m.receive(ipfix(header, this.#template, set(256, ...records)));
    this.#sequence += records.length;
  }

  get counts(): (number | string | undefined)[][] {
    return this.m.sink.rows.map((row) => [row["Bytes"], row["Packets"]]);
  }

  /** Start and end in seconds after START. */
  get times(): number[][] {
    const seconds = (value: unknown): number => (Number(value) - START) / 1000;
    return this.m.sink.rows.map((row) => [seconds(row["TimeStart"]), seconds(row["TimeEnd"])]);
  }
}

describe("totals of a running flow", () => {
  const TOTALS: TestField[] = [...KEY, ...TIMES, [85, 8], [86, 8]];
  const total = (end: number, octets: number, packets: number, start = 0, port = 1000): Uint8Array =>
    bytes(key(port), [START + start * 1000, 8], [START + end * 1000, 8], [octets, 8], [packets, 8]);

  it("count what came since the previous report, from when that ended", async () => {
    const reports = new Reports(TOTALS);
    await reports.send(60, total(60, 1000, 10));
    await reports.send(120, total(120, 2000, 20), total(120, 500, 5, 0, 2000));
    await reports.send(180, total(180, 2000, 20), total(180, 900, 8, 0, 2000));
    expect(reports.counts).toEqual([
      [1000, 10],
      [1000, 10],
      [500, 5],
      [0, 0],
      [400, 3],
    ]);
    expect(reports.times).toEqual([
      [0, 60],
      [60, 120],
      [0, 120],
      [120, 180],
      [120, 180],
    ]);
    expect(reports.m.collector.counters()).toMatchObject({ runningFlows: 2, runningFlowsEvicted: 0 });
  });

  it("begin again with another start, and where the exporter's counter did", async () => {
    const reports = new Reports(TOTALS);
    await reports.send(60, total(60, 1000, 10));
    await reports.send(120, total(120, 1500, 15, 90));
    await reports.send(180, total(180, 300, 3, 90));
    expect(reports.counts).toEqual([
      [1000, 10],
      [1500, 15],
      [300, 3],
    ]);
  });

  it("that come late count nothing twice", async () => {
    const reports = new Reports(TOTALS);
    await reports.send(60, total(60, 1000, 10));
    await reports.send(180, total(180, 3000, 30));
    await reports.send(181, total(120, 2000, 20));
    await reports.send(240, total(240, 4000, 40));
    expect(reports.counts).toEqual([
      [1000, 10],
      [2000, 20],
      [0, 0],
      [1000, 10],
    ]);
  });

  it("of four bytes pass their end", async () => {
    const reports = new Reports([...KEY, ...TIMES, [85, 4]]);
    const record = (end: number, octets: number): Uint8Array =>
      bytes(key(), [START, 8], [START + end * 1000, 8], [octets, 4]);
    await reports.send(60, record(60, 4_294_967_000));
    await reports.send(120, record(120, 704));
    expect(reports.counts.map(([octets]) => octets)).toEqual([4_294_967_000, 1000]);
  });

  it("without times are told apart by an hour of silence", async () => {
    const reports = new Reports([...KEY, [85, 8]]);
    const record = (octets: number): Uint8Array => bytes(key(), [octets, 8]);
    await reports.send(60, record(1000));
    await reports.send(120, record(1500));
    await reports.send(7200, record(2000));
    expect(reports.counts.map(([octets]) => octets)).toEqual([1000, 500, 2000]);
  });

  it("next to deltas are not looked at", async () => {
    const reports = new Reports([...KEY, ...TIMES, [1, 8], [85, 8]]);
    for (let i = 1; i <= 3; i++) {
      await reports.send(60 * i, bytes(key(), [START, 8], [START + 60_000 * i, 8], [100, 8], [100 * i, 8]));
    }
    expect(reports.counts.map(([octets]) => octets)).toEqual([100, 100, 100]);
  });

  it("of both directions are compared with their own", async () => {
    const reports = new Reports([...KEY, ...TIMES, [85, 8], [85, 8, 29305]]);
    for (let i = 1; i <= 2; i++) {
      await reports.send(60 * i, bytes(key(), [START, 8], [START + 60_000 * i, 8], [100 * i, 8], [7 * i, 8]));
    }
    expect(reports.counts.map(([octets]) => octets)).toEqual([100, 7, 100, 7]);
  });

  it("of a flow that ended are forgotten", async () => {
    const reports = new Reports([...KEY, ...TIMES, [85, 8], [136, 1]]);
    const record = (end: number, octets: number, reason: number): Uint8Array =>
      bytes(key(), [START, 8], [START + end * 1000, 8], [octets, 8], [reason, 1]);
    await reports.send(60, record(60, 1000, 2));
    expect(reports.m.collector.counters().runningFlows).toBe(1);
    await reports.send(120, record(120, 1500, 3));
    expect(reports.counts.map(([octets]) => octets)).toEqual([1000, 500]);
    expect(reports.m.collector.counters().runningFlows).toBe(0);
  });

  it("in templates of variable length are the same", async () => {
    const reports = new Reports([...KEY, ...TIMES, [82, 65535], [85, 8]]);
    for (let i = 1; i <= 3; i++) {
      await reports.send(60 * i, bytes(key(), [START, 8], [START + 60_000 * i, 8], [2, 1], [0x6161, 2], [1000 * i, 8]));
    }
    expect(reports.counts.map(([octets]) => octets)).toEqual([1000, 1000, 1000]);
  });

  it("take bounded memory, and give way by count", async () => {
    const reports = new Reports([[8, 4], ...TIMES, [85, 8]]);
    const record = (i: number): Uint8Array => bytes([i, 4], [START, 8], [START + 60_000, 8], [1000, 8]);
    for (let i = 0; i < 80_000; i += 800) {
      await reports.send(60, ...Array.from({ length: 800 }, (_, k) => record(i + k)));
    }
    const { runningFlows, runningFlowsEvicted } = reports.m.collector.counters();
    expect(runningFlows).toBeLessThanOrEqual(65_536);
    expect(runningFlows + runningFlowsEvicted).toBe(80_000);
  });

  it("of another run of the exporter are other flows", async () => {
    const m = memoryCollector();
    const fields = set(0, template(256, [...KEY, [85, 8]]));
    const record = set(256, bytes(key(), [1000, 8]));
    await m.receive(v9({ sequence: 100, upTimeMs: 9_000_000 }, fields, record));
    await m.receive(v9({ sequence: 101, upTimeMs: 9_060_000 }, record));
    await m.receive(v9({ sequence: 0, upTimeMs: 30_000 }, record));
    expect(m.sink.rows.map((row) => row["Bytes"])).toEqual([1000, 0, 1000]);
  });
});

describe("security events of a firewall (NSEL)", () => {
  const EVENTS: TestField[] = [[148, 4], ...KEY, [233, 1], [323, 8], [152, 8], [231, 4], [232, 4], [298, 4], [299, 4]];
  const UPDATE = 5;
  const DELETE = 2;
  const event = (what: number, at: number, there: number, back: number, id = 77): Uint8Array =>
    bytes([id, 4], key(), [what, 1], [START + at * 1000, 8], [START, 8], [there, 4], [back, 4], [1, 4], [1, 4]);
  const sums = ({ m }: Reports): number[] =>
    ["192.0.2.11", "198.51.100.20"].map((address) =>
      m.sink.rows.filter((row) => row["SrcAddr"] === address).reduce((sum, row) => sum + Number(row["Bytes"]), 0),
    );

  it("updates and teardown count once, each from when the previous was", async () => {
    const reports = new Reports(EVENTS);
    await reports.send(60, event(UPDATE, 60, 2500, 1100));
    await reports.send(120, event(UPDATE, 120, 40, 0));
    await reports.send(130, event(DELETE, 130, 2540, 1100));
    expect(sums(reports)).toEqual([2540, 1100]);
    expect(reports.times.slice(0, 3)).toEqual([
      [0, 60],
      [0, 60],
      [60, 120],
    ]);
    expect(reports.m.collector.counters().runningFlows).toBe(0);
  });

  it("a teardown brings what a lost update would have", async () => {
    const reports = new Reports(EVENTS);
    await reports.send(60, event(UPDATE, 60, 2500, 1100));
    await reports.send(130, event(DELETE, 130, 2540, 1150));
    expect(sums(reports)).toEqual([2540, 1150]);
  });

  it("a teardown alone has the whole flow", async () => {
    const reports = new Reports(EVENTS);
    await reports.send(130, event(DELETE, 130, 2540, 1100));
    expect(sums(reports)).toEqual([2540, 1100]);
  });

  it("a teardown with less than the updates had counts since the last one", async () => {
    const reports = new Reports(EVENTS);
    await reports.send(60, event(UPDATE, 60, 2500, 1100));
    await reports.send(130, event(DELETE, 130, 40, 10));
    expect(sums(reports)).toEqual([2540, 1110]);
  });

  it("another connection with the same addresses is another flow", async () => {
    const reports = new Reports(EVENTS);
    await reports.send(60, event(UPDATE, 60, 500, 0, 77), event(UPDATE, 60, 300, 0, 78));
    await reports.send(130, event(DELETE, 130, 600, 0, 77), event(DELETE, 130, 300, 0, 78));
    expect(sums(reports)).toEqual([900, 0]);
  });

  it("without events, initiator and responder counters are deltas", async () => {
    const reports = new Reports([...KEY, ...TIMES, [231, 4], [232, 4]]);
    for (let i = 1; i <= 2; i++) {
      await reports.send(60 * i, bytes(key(), [START, 8], [START + 60_000 * i, 8], [100, 4], [30, 4]));
    }
    expect(sums(reports)).toEqual([200, 60]);
  });

  it("deltas of other firewalls with events stay deltas", async () => {
    const reports = new Reports([...KEY, [233, 1], ...TIMES, [1, 4]]);
    await reports.send(60, bytes(key(), [UPDATE, 1], [START, 8], [START + 60_000, 8], [100, 4]));
    await reports.send(120, bytes(key(), [DELETE, 1], [START, 8], [START + 120_000, 8], [150, 4]));
    expect(sums(reports)).toEqual([250, 0]);
  });
});

describe("deltas of a flow whose start stays", () => {
  const DELTAS: TestField[] = [...KEY, ...TIMES, [1, 4]];
  const delta = (start: number, end: number, port = 1000): Uint8Array =>
    bytes(key(port), [START + start * 1000, 8], [START + end * 1000, 8], [100, 4]);

  it("begin where the previous report ended", async () => {
    const reports = new Reports(DELTAS);
    await reports.send(60, delta(0, 60));
    await reports.send(120, delta(0, 120), delta(60, 120, 2000));
    await reports.send(180, delta(0, 180), delta(120, 180, 2000));
    expect(reports.times).toEqual([
      [0, 60],
      [60, 120],
      [60, 120],
      [120, 180],
      [120, 180],
    ]);
    expect(reports.counts.map(([octets]) => octets)).toEqual([100, 100, 100, 100, 100]);
  });

  it("keep the start of a report that came twice or late", async () => {
    const reports = new Reports(DELTAS);
    await reports.send(60, delta(0, 60));
    await reports.send(60, delta(0, 60));
    await reports.send(61, delta(0, 50));
    expect(reports.times).toEqual([
      [0, 60],
      [0, 60],
      [0, 50],
    ]);
  });

  it("are found also after many flows that were reported once", async () => {
    const reports = new Reports(DELTAS);
    for (let i = 0; i < 12_000; i += 500) {
      await reports.send(60, ...Array.from({ length: 500 }, (_, k) => delta(0, 60, 2000 + i + k)));
    }
    const ports = Array.from({ length: 64 }, (_, i) => 20_000 + i);
    for (let minute = 1; minute <= 4; minute++) {
      await reports.send(60 * minute, ...ports.map((port) => delta(0, 60 * minute, port)));
    }
    expect(reports.times.slice(-64)).toEqual(ports.map(() => [180, 240]));
  });

  it("v9: a start that whole seconds in the header move by less than two", async () => {
    const m = memoryCollector();
    const fields = set(0, template(256, [...KEY, [22, 4], [21, 4], [1, 4]]));
    const record = (last: number): Uint8Array => set(256, bytes(key(), [1_000_000, 4], [last, 4], [100, 4]));
    await m.receive(v9({ sequence: 0, seconds: S, upTimeMs: 1_061_000 }, fields, record(1_060_000)));
    await m.receive(v9({ sequence: 1, seconds: S + 60, upTimeMs: 1_121_900 }, record(1_121_000)));
    const [first, second] = m.sink.rows;
    expect(Number(second!["TimeStart"])).toBe(Number(first!["TimeEnd"]));
  });
});
