import { PROTOCOLS } from "@ngflow/wire";
import { describe, expect, it } from "vitest";
import { AT } from "../synthetic/values.ts";
import { EVENTS, SCANNED_PORTS } from "./events.ts";
import { STORY_EXPORTERS, type StoryExporter } from "./exporters.ts";
import { lastNight, StoryMinutes } from "./minutes.ts";
import { addressNumber } from "./story-flow.ts";
import { FULL, StoryStream, type ToldSums } from "./story-stream.ts";

const START_MS = Date.UTC(2026, 0, 2, 10, 20, 30);
const [OFFICE, WAREHOUSE] = STORY_EXPORTERS as readonly [StoryExporter, StoryExporter];

/** All datagrams of the past of an exporter, and what it counted. */
function past(exporter: StoryExporter, seed: number, startMs = START_MS): { sums: ToldSums; versions: Set<number> } {
  const minutes = new StoryMinutes(seed, startMs);
  const stream = new StoryStream(exporter, startMs);
  const versions = new Set<number>();
  const take = (least: number): void => {
    for (let batch = stream.next(startMs, least); batch; batch = stream.next(startMs, least)) {
      const datagram = batch.packet(0);
      versions.add((datagram[0]! << 8) | datagram[1]!);
      expect(datagram.length).toBeLessThanOrEqual(1400);
    }
  };
  for (let minute = minutes.first; minute < 0; minute++) {
    stream.add(minutes.flows(exporter, minute));
    take(FULL);
  }
  take(1);
  return { sums: stream.sums, versions };
}

describe("the story of the demo", () => {
  it("is the same for the same seed, whenever the demo starts", () => {
    const { sums, versions } = past(OFFICE, 1);
    expect(sums.records).toBeGreaterThan(20_000);
    expect(past(OFFICE, 1, START_MS + 3 * 3_600_000).sums).toEqual(sums);
    expect([...versions]).toEqual([PROTOCOLS.find(({ name }) => name === "ipfix")!.version]);
    const bytes = (seed: number): number =>
      new StoryMinutes(seed, START_MS).flows(OFFICE, -5).reduce((sum, { values }) => sum + values[AT.bytes]!, 0);
    expect(bytes(1)).toBe(bytes(1));
    expect(bytes(1)).not.toBe(bytes(2));
  });

  it("loses one of eight datagrams of the warehouse, and of nobody else", () => {
    const { sums } = past(WAREHOUSE, 1);
    expect(sums.lostRecords / sums.records).toBeCloseTo(1 / 8, 1);
    expect(past(OFFICE, 1).sums.lostRecords).toBe(0);
  });

  it("has each event once in the last hour, and again an hour later", () => {
    const minutes = new StoryMinutes(1, START_MS);
    const scanner = addressNumber("198.51.100.66");
    const scanned = (minute: number): number =>
      minutes.flows(OFFICE, minute).filter(({ values }) => values[AT.source4] === scanner).length;
    const { from } = EVENTS.find(({ name }) => name === "a scan")!;
    const hour = Array.from({ length: 60 }, (_, i) => scanned(i - 60));
    expect(hour.flatMap((flows, i) => (flows >= SCANNED_PORTS ? [i] : []))).toEqual([from]);
    expect(scanned(from)).toBeGreaterThanOrEqual(SCANNED_PORTS);
    expect(scanned(from - 120)).toBe(0);
  });

  it("has the whole backup at night, by the clock on the wall, before the last hour", () => {
    for (let hour = 0; hour < 24; hour++) {
      const beforeMs = new Date(2026, 5, 10, hour, 30).getTime();
      const night = lastNight(beforeMs);
      expect([new Date(night).getHours(), new Date(night).getMinutes()]).toEqual([2, 10]);
      expect(beforeMs - night).toBeGreaterThanOrEqual(30 * 60_000);
      expect(beforeMs - night).toBeLessThan(25 * 3_600_000);
    }
  });

  it("ends no flow outside its minute by more than a moment", () => {
    const minutes = new StoryMinutes(3, START_MS);
    for (const minute of [-60, -40, -30, -20, 7]) {
      const startMs = minutes.baseMs + minute * 60_000;
      const ends = minutes.flows(OFFICE, minute).map(({ endMs }) => endMs);
      expect(Math.min(...ends)).toBeGreaterThan(startMs - 1000);
      expect(Math.max(...ends)).toBeLessThan(startMs + 60_000);
      expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    }
  });
});
