import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatIp, silentLog, u16be, u32be } from "@ngflow/base";
import { type Collector, createCollector } from "@ngflow/collector";
import type { FlowBatch } from "@ngflow/flows";
import { elementByName, type FieldSpecifier, newTemplate, type Protocol, PROTOCOLS } from "@ngflow/wire";
import { afterAll, expect, it } from "vitest";
import { DatagramPrinter } from "./datagram-printer.ts";
import { decodeFile } from "./decode-file.ts";

// A protocol that nobody else has: everything a row of the table can say, and everything a decoder can hand over. 4
// bytes of 6, agent(4) subAgent(4) sequence(4) upTimeMs(4) records(4), then records of kind(4) and 12 bytes:
// kind 1: source(4) destination(4) bytes(2) rate(2); kind 2: ifIndex(4) inOctets(8); kind 3 is skipped and counted.

const field = (name: string, length: number): FieldSpecifier => {
  const element = elementByName(name)!;
  return { pen: element.pen, id: element.id, length, element };
};

/** An element of the protocol's own. */
const own = (id: number, name: string, length: number): FieldSpecifier => ({
  pen: 4_294_967_295,
  id,
  length,
  element: { pen: 4_294_967_295, id, name, type: "unsigned64" },
});

const FLOW = newTemplate(0, [
  field("sourceIPv4Address", 4),
  field("destinationIPv4Address", 4),
  field("octetDeltaCount", 2),
  field("samplingInterval", 2),
]);
const COUNTERS = newTemplate(0, [own(1, "ifIndex", 4), own(2, "ifInOctets", 8)]);
const BOOT = newTemplate(0, [field("samplingInterval", 4)], 0, true);

const TOY: Protocol = {
  number: 200,
  version: 6,
  name: "toy",
  label: "Toy v6",
  port: 6999,
  matches: (bytes, start, end) => end - start >= 8 && u32be(bytes, start) === 6,
  end: (bytes, start) => start + 24 + 16 * u32be(bytes, start + 20),
  exportTime: false,
  domain: "sub-agent",
  sequence: "datagrams",
  counters: [
    ["datagramsToy", "Toy datagrams."],
    ["toySkipped", "Toy records of a kind that is skipped."],
  ],
  decode(bytes, start, end, header, sink) {
    if (end - start < 24) {
      sink.malformed("header-short", start);
      return;
    }
    header.count = u32be(bytes, start + 20);
    header.length = 24 + 16 * header.count;
    header.agentOffset = start + 4;
    header.agentLength = 4;
    header.domain = u32be(bytes, start + 8);
    header.sequence = u32be(bytes, start + 12);
    header.sysUpTimeMs = u32be(bytes, start + 16);
    if (header.length > end - start) {
      sink.malformed("count-invalid", start + 20);
      return;
    }
    if (!sink.header(header)) return;
    sink.options(BOOT, Uint8Array.of(0, 0, 0, 50), 0, 4);
    for (let o = start + 24; o < start + header.length; o += 16) {
      const kind = u32be(bytes, o);
      // Flows come from a buffer of the decoder's own, counters from the datagram.
      if (kind === 1) sink.flows(FLOW, bytes.slice(o + 4, o + 16), 0, 12);
      else if (kind === 2) sink.counters(COUNTERS, bytes, o + 4, o + 16);
      else sink.count(1, 1);
    }
  },
};
const protocols = [...PROTOCOLS, TOY];

function toy(sequence: number, agent: number, ...records: readonly (readonly number[])[]): Uint8Array {
  const header = [6, 0x0a000000 + agent, 7, sequence, 1000 * sequence, records.length];
  const bytes = new Uint8Array(4 * (6 + 4 * records.length));
  [...header, ...records.flat()].forEach((word, i) => new DataView(bytes.buffer).setUint32(4 * i, word));
  return bytes;
}

const FLOW_RECORD = [1, 0xc0000201, 0xc0000202, (1500 << 16) | 100];
const COUNTER_RECORD = [2, 3, 0, 123_456];
const SKIPPED_RECORD = [3, 0, 0, 0];
const FIRST = toy(1, 1, FLOW_RECORD, COUNTER_RECORD, SKIPPED_RECORD);

const folder = mkdtempSync(join(tmpdir(), "ngflow-protocol-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function send(port: number, datagrams: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket("udp4");
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, port, "127.0.0.1", (error) => (error ? reject(error) : resolve()));
    });
  }
  socket.close();
}

async function received(collector: Collector, datagrams: number): Promise<void> {
  await expect.poll(() => collector.counters().datagramsReceived, { timeout: 20_000 }).toBe(datagrams);
}

it("a protocol that comes as a row is received, decoded and counted", async () => {
  const rows: Record<string, unknown>[] = [];
  const sink = {
    write(batch: FlowBatch): number {
      for (let i = 0; i < batch.rows; i++) {
        const { Version, ExporterAddr, SrcAddr, Bytes, SamplingRate, SamplingSource, Domain } = batch.columns;
        rows.push({
          version: Version[i],
          exporter: formatIp(ExporterAddr as Uint8Array, 16 * i),
          source: formatIp(SrcAddr as Uint8Array, 16 * i),
          bytes: Bytes[2 * i],
          rate: SamplingRate[i],
          rateSource: SamplingSource[i],
          domain: Domain[i],
        });
      }
      return batch.rows;
    },
  };
  const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
  const collector = createCollector(
    { listen: [{ host: "127.0.0.1", port: 0 }] },
    { sink, clock, log: silentLog, protocols },
  );
  await collector.start();
  try {
    // The second agent sends through the same port; its numbers are its own. The first loses two datagrams.
    await send(collector.listening()[0]!.port, [
      FIRST,
      toy(900, 2, FLOW_RECORD),
      toy(4, 1, FLOW_RECORD),
      Uint8Array.of(0, 0, 0, 6, 0, 0, 0, 0),
    ]);
    await received(collector, 4);
    await collector.drain();
    const row = { version: 200, source: "192.0.2.1", bytes: 1500, rate: 100, rateSource: 2, domain: 7 };
    expect(rows).toEqual([
      { ...row, exporter: "10.0.0.1" },
      { ...row, exporter: "10.0.0.2" },
      { ...row, exporter: "10.0.0.1" },
    ]);
    expect(collector.counters()).toMatchObject({
      datagramsToy: 3,
      toySkipped: 1,
      datagramsV5: 0,
      recordsDecoded: 3,
      optionRecords: 3,
      counterRecords: 1,
      sequenceGaps: 1,
      recordsLost: 2,
      malformed: 1,
      "malformed:header-short": 1,
    });
    expect(collector.exporters()).toMatchObject([
      { address: "127.0.0.1", agent: "10.0.0.1", protocol: "toy", version: 6, domain: 7, sequenceModel: "datagrams" },
      { address: "127.0.0.1", agent: "10.0.0.2", protocol: "toy", version: 6, domain: 7, sequenceModel: "datagrams" },
    ]);
  } finally {
    await collector.stop();
  }
});

it("its datagrams are printed, alone and between those of NetFlow", async () => {
  const v5 = new Uint8Array(24 + 48);
  v5.set([0, 5, 0, 1]);
  const file = join(folder, "toy.dat");
  writeFileSync(file, Buffer.concat([FIRST, v5, toy(2, 1, COUNTER_RECORD)]));
  const lines: Record<string, unknown>[] = [];
  const printer = new DatagramPrinter((line) => lines.push(JSON.parse(line) as Record<string, unknown>), protocols);
  await decodeFile(file, printer, async () => {});
  const head = { exporter: "0.0.0.0", agent: "10.0.0.1", protocol: "toy", version: 6, domain: 7, template: null };
  expect(lines.map(({ kind, version, protocol }) => [kind, version, protocol])).toEqual([
    ["option", 6, "toy"],
    ["flow", 6, "toy"],
    ["counter", 6, "toy"],
    ["flow", 5, undefined],
    ["option", 6, "toy"],
    ["counter", 6, "toy"],
  ]);
  expect(lines[1]).toEqual({
    kind: "flow",
    ...head,
    sequence: 1,
    fields: {
      sourceIPv4Address: "192.0.2.1",
      destinationIPv4Address: "192.0.2.2",
      octetDeltaCount: 1500,
      samplingInterval: 100,
    },
  });
  expect(lines[2]).toEqual({ kind: "counter", ...head, sequence: 1, fields: { ifIndex: 3, ifInOctets: 123_456 } });
  expect(printer).toMatchObject({ datagrams: 3, errors: 0 });
});

it("without its row the same datagrams are refused, not taken for NetFlow v5", () => {
  const lines: string[] = [];
  new DatagramPrinter((line) => lines.push(line)).decode(FIRST, "192.0.2.9", 6999, 0);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ kind: "error", code: "version-unknown" }]);
  expect(u16be(FIRST, 2)).toBe(6);
});
