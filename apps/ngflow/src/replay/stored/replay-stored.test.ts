import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRng, silentLog } from "@ngflow/base";
import { type Collector, createCollector } from "@ngflow/collector";
import { COLUMNS, FlowBatch, type FlowReader, type FlowSink } from "@ngflow/flows";
import { createSpool, spoolDirectory } from "@ngflow/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStoredFlows } from "../../commands/ngflow/stored-flows.ts";
import { systemClock } from "../../daemon/clock.ts";
import type { Row } from "../../output/format.ts";
import { FileWriter } from "../file-writer.ts";
import type { ReplayDatagram } from "../replay-queue.ts";
import { type ReplaySender, SocketPerSender } from "../replay-sender.ts";
import { CARRIED } from "./carried.ts";
import { replayStored, type StoredOptions } from "./replay-stored.ts";
import { storedPages } from "./stored-pages.ts";

/** The start of yesterday: older rows would fall to the default retention. */
const T0 = (Math.floor(Date.now() / 86_400_000) - 1) * 86_400_000;
const NEVER = new Promise(() => {});
const FAST = { speed: Infinity, rate: undefined };
const ALL = { fromMs: 0, toMs: T0 + 3 * 86_400_000 };
/** Kept by these tests, in which a datagram has the address of its exporter and the domain is in its header. */
const KEPT_HERE: readonly string[] = ["ExporterAddr", "Domain"];
const COMPARED = [...KEPT_HERE, ...CARRIED.map(({ name }) => name)];

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ngflow-replay-stored-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function put(pairs: Uint32Array, row: number, value: number): void {
  pairs[2 * row] = value >>> 0;
  pairs[2 * row + 1] = Math.floor(value / 2 ** 32);
}

function putAddress(bytes: Uint8Array, row: number, family: 0 | 4 | 6, rng: () => number): void {
  const at = 16 * row;
  const random = (from: number): void => {
    for (let i = from; i < 16; i++) bytes[at + i] = 1 + Math.floor(rng() * 250);
  };
  if (family === 6) random(0);
  if (family !== 4) return;
  bytes[at + 10] = bytes[at + 11] = 255;
  random(12);
}

/** Flows with a value in every column that a record can carry; of IPv4, of IPv6, and of neither. */
function randomFlows(count: number, receivedMs: (row: number) => number): FlowBatch {
  const numbers = seededRng(7);
  const rng = (): number => numbers.u32() / 2 ** 32;
  const batch = new FlowBatch(count);
  const { columns } = batch;
  for (let i = 0; i < count; i++) {
    const family = ([4, 4, 6, 0] as const)[i % 4]!;
    for (const { name, kind } of COLUMNS) {
      const column = columns[name] as Uint8Array | Uint16Array | Uint32Array;
      if (kind === "u8") column[i] = rng() * 256;
      else if (kind === "u16") column[i] = rng() * 65_536;
      else if (kind === "u32") column[i] = rng() * 2 ** 32;
      else if (kind === "u64" || kind === "mac") put(column as Uint32Array, i, Math.floor(rng() * 2 ** 48));
      else if (kind === "ip") {
        const at = { ExporterAddr: 4, SrcAddr: family, DstAddr: family, NextHop: ([0, 4, 6] as const)[i % 3]! };
        putAddress(new Uint8Array(column.buffer, column.byteOffset), i, at[name as keyof typeof at] as 4, rng);
      }
    }
    const ms = receivedMs(i);
    put(columns.TimeReceived, i, ms);
    put(columns.TimeStart, i, ms - 5000 - Math.floor(rng() * 1000));
    put(columns.TimeEnd, i, ms - Math.floor(rng() * 1000));
    columns.IpVersion[i] = family;
    columns.MplsLabel[i]! &= 0xfffff;
    columns.Vlan[i]! &= 0xfff;
    columns.FlowLabel[i]! &= 0xfffff;
    columns.Version[i] = 5;
    columns.Domain[i] = i % 3;
    columns.SamplingRate[i] = 1 + (i % 100);
    columns.SamplingSource[i] = columns.TimeSource[i] = 0;
    // The number of the flow, by which it is found again.
    put(columns.Packets, i, i + 1);
    new Uint8Array(columns.ExporterAddr.buffer, columns.ExporterAddr.byteOffset).set([192, 0, 2, i % 4], 16 * i + 12);
  }
  batch.rows = count;
  return batch;
}

async function withSpool(directory: string, work: (sink: FlowSink) => Promise<void> | void): Promise<void> {
  const spool = createSpool({ directory: spoolDirectory(directory) });
  await spool.start();
  await work(spool);
  await spool.stop();
}

async function read<T>(directory: string, work: (reader: FlowReader) => Promise<T>): Promise<T> {
  const stored = await openStoredFlows(directory);
  try {
    return await work(stored.reader);
  } finally {
    await stored.close();
  }
}

/** All rows by the number of the flow, with the columns that are compared. */
async function rowsOf(reader: FlowReader): Promise<Map<number, Row>> {
  const rows = new Map<number, Row>();
  for await (const page of storedPages(reader, ALL, () => {})) {
    for (const row of page) rows.set(Number(row["Packets"]), Object.fromEntries(COMPARED.map((n) => [n, row[n]!])));
  }
  return rows;
}

/** Gives datagrams to a collector as if a socket had received them. */
class ToCollector implements ReplaySender {
  readonly senders = 1;
  readonly sendErrors = 0;
  readonly refused = 0;
  readonly longest: number[] = [];
  readonly #collector: Collector;

  constructor(collector: Collector) {
    this.#collector = collector;
  }

  send({ bytes, address, port }: ReplayDatagram): Promise<void> {
    this.longest.push(bytes.length);
    this.#collector.receive(bytes, address, port);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function collectorInto(sink: FlowSink, config: Parameters<typeof createCollector>[0] = {}): Collector {
  return createCollector({ listen: [], ...config }, { sink, clock: systemClock, log: silentLog });
}

const replay = (reader: FlowReader, sender: ReplaySender, options: Partial<StoredOptions> = {}, filter = "") =>
  replayStored(reader, { ...ALL, filter }, sender, { format: "ipfix", pace: FAST, isFile: false, ...options }, NEVER);

const at = (name: string): string => join(root, name);

describe("stored flows", { timeout: 120_000 }, () => {
  it.each(["ipfix", "v9"] as const)("are the same in a second collector, column by column (%s)", async (format) => {
    await withSpool(at("a"), (sink) => void sink.write(randomFlows(1000, (i) => T0 + i * 7)));
    let before = new Map<number, Row>();
    await withSpool(at("b"), async (sink) => {
      const collector = collectorInto(sink);
      await collector.start();
      const sender = new ToCollector(collector);
      const sent = await read(at("a"), async (reader) => {
        before = await rowsOf(reader);
        return replay(reader, sender, { format });
      });
      expect(sent).toMatchObject({ records: 1000, problems: [], packets: BigInt((1000 * 1001) / 2) });
      expect(sent.datagrams).toBe(sender.longest.length);
      expect(Math.max(...sender.longest)).toBeLessThanOrEqual(1400);
      await collector.stop();
      const expected = { recordsDecoded: 1000, malformed: 0, recordsLost: 0, sequenceGaps: 0, setsHeldTotal: 0 };
      expect(collector.counters()).toMatchObject(expected);
    });
    const after = await read(at("b"), rowsOf);
    expect([before.size, after.size]).toEqual([1000, 1000]);
    for (const [number, row] of before) expect(after.get(number), `flow ${number}`).toEqual(row);
  });

  it("are sent whole when more are received in one millisecond than an answer has", async () => {
    await withSpool(at("a"), (sink) => void sink.write(randomFlows(800, (i) => T0 + (i < 700 ? 0 : i))));
    const pages: Row[][] = [];
    await read(at("a"), async (reader) => {
      for await (const page of storedPages(reader, ALL, () => {}, 100)) pages.push([...page]);
    });
    expect(Math.max(...pages.map(({ length }) => length))).toBeLessThan(100);
    const numbers = pages.flat().map((row) => Number(row["Packets"]));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 800 }, (_, i) => i + 1));
    const times = pages.flat().map((row) => Date.parse(String(row["TimeReceived"])));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("are sent over UDP from an address for every exporter, and those that a filter matches only", async () => {
    await withSpool(at("a"), (sink) => void sink.write(randomFlows(400, (i) => T0 + i)));
    await withSpool(at("b"), async (sink) => {
      const collector = collectorInto(sink, { listen: [{ host: "127.0.0.1", port: 0 }] });
      await collector.start();
      const sender = new SocketPerSender(`udp://127.0.0.1:${collector.listening()[0]!.port}`);
      const sent = await read(at("a"), (reader) => replay(reader, sender, { pace: { speed: 1, rate: 200 } }, "inet6"));
      await sender.close();
      expect(sent.records).toBe(100);
      await expect.poll(() => collector.counters().recordsDecoded, { timeout: 10_000 }).toBe(100);
      expect(new Set(collector.exporters().map(({ address }) => address)).size).toBe(sender.senders);
      await collector.stop();
    });
    expect((await read(at("b"), rowsOf)).size).toBe(100);
  });

  it("are written to an IPFIX file with the times at which they were received", async () => {
    await withSpool(at("a"), (sink) => void sink.write(randomFlows(50, (i) => T0 + i * 1000)));
    const writer = new FileWriter(at("flows.ipfix"));
    const sent = await read(at("a"), (reader) => replay(reader, writer, { isFile: true }));
    await writer.close();
    const bytes = await readFile(at("flows.ipfix"));
    let [messages, lastSeconds] = [0, 0];
    for (let o = 0; o < bytes.length; o += bytes.readUInt16BE(o + 2)) {
      expect(bytes.readUInt16BE(o)).toBe(10);
      lastSeconds = Math.max(lastSeconds, bytes.readUInt32BE(o + 4));
      messages++;
    }
    expect(sent).toMatchObject({ records: 50, datagrams: messages });
    expect(lastSeconds).toBe(T0 / 1000 + 49);
  });
});
