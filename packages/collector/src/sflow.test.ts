import { bytes } from "@ngflow/wire/testing";
import { expect, it } from "vitest";
import { memoryCollector } from "./testing/memory-collector.ts";

const u32 = (...values: readonly number[]): Uint8Array => bytes(...values.map((value) => [value, 4] as const));
const AGENT = Uint8Array.of(192, 0, 2, 1);

/** A datagram of one flow sample with the agent's own reading of a packet, and one of counters. */
function datagram(sequence: number): Uint8Array {
  const ipv4 = bytes(u32(3, 32, 1500, 6), Uint8Array.of(10, 0, 0, 1, 198, 51, 100, 7), u32(443, 51_000, 0x12, 8));
  const sample = bytes(u32(sequence, 3, 256, 1000, 0, 3, 4, 1), ipv4);
  const counters = bytes(u32(1, 3, 1, 1, 88), new Uint8Array(88));
  const discard = bytes(u32(1, 0, 3, 1, 3, 4, 258, 1), ipv4);
  return bytes(
    ...([u32(5, 1), AGENT, u32(0, sequence, 60_000, 3), u32(1, sample.length), sample] as const),
    ...[u32(2, counters.length), counters, u32(5, discard.length), discard],
  );
}

it("a sampled packet is a flow of one packet, raw, with the rate beside it", async () => {
  const memory = memoryCollector();
  const [row] = await memory.receive(datagram(1), "203.0.113.1");
  expect(row).toMatchObject({
    ...{ ExporterAddr: "192.0.2.1", Version: 105, SrcAddr: "10.0.0.1", DstAddr: "198.51.100.7", Proto: 6 },
    ...{ SrcPort: 443, DstPort: 51_000, TcpFlags: 0x12, Tos: 8, InIf: 3, OutIf: 4, IpVersion: 4 },
    ...{ Bytes: 1500, Packets: 1, SamplingRate: 256, TimeStart: memory.nowMs, TimeEnd: memory.nowMs },
  });
});

it("counters and discarded packets are no traffic, and a lost datagram is counted", async () => {
  const memory = memoryCollector();
  let rows = await memory.receive(datagram(1), "203.0.113.1");
  rows = await memory.receive(datagram(2), "203.0.113.1");
  for (const sequence of [5, 6, 7]) rows = await memory.receive(datagram(sequence), "203.0.113.1");
  expect(rows).toHaveLength(5);
  expect(memory.collector.counters()).toMatchObject({
    ...{ datagramsSflow: 5, sflowFlowSamples: 5, sflowCounterSamples: 5, sflowDiscardedPackets: 5 },
    ...{ counterRecords: 5, recordsDecoded: 5, recordsLost: 2, sequenceGaps: 1 },
  });
});

it("samples of 256 layouts in one datagram are rows with their key and counts", async () => {
  const memory = memoryCollector();
  const ipv4 = bytes(u32(3, 32, 1500, 6), Uint8Array.of(10, 0, 0, 1, 198, 51, 100, 7), u32(443, 51_000, 0x12, 8));
  const extras = [
    ...[bytes(u32(1036, 4, 1)), bytes(u32(1029, 4, 1)), bytes(u32(1030, 4, 1)), bytes(u32(1020, 8, 1, 2))],
    ...[bytes(u32(1012, 4, 0)), bytes(u32(1038, 4, 0)), bytes(u32(1008, 12, 0, 0, 0)), bytes(u32(1009, 12, 0, 0, 0))],
  ];
  const samples = Array.from({ length: 256 }, (_, set) => {
    const records = [ipv4, ...extras.filter((_each, bit) => ((set >> bit) & 1) === 1)];
    const sample = bytes(u32(set, 3, 256, 1000, 0, 3, 4, records.length), ...records);
    return bytes(u32(1, sample.length), sample);
  });
  const rows = await memory.receive(bytes(u32(5, 1), AGENT, u32(0, 1, 60_000, 256), ...samples), "203.0.113.1");
  expect(rows).toHaveLength(256);
  for (const row of rows) expect(row).toMatchObject({ SrcPort: 443, Bytes: 1500, SamplingRate: 256 });
  expect(await memory.receive(datagram(2), "203.0.113.1")).toHaveLength(257);
});
