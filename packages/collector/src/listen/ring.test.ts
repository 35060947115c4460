import { createSocket, type Socket } from "node:dgram";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canReceiveBatches, DatagramReceiver, UdpPort } from "@ngflow/os/udp";
import { COUNTER, COUNTERS_AT, createRingMemory, RECEIVER_AT, type RingMemory } from "./ring-memory.ts";
import { RingReader } from "./ring-reader.ts";
import { RingWriter } from "./ring-writer.ts";
import { KnownSources } from "./source-shares.ts";

/** The smallest ring. */
const RING_BYTES = 1 << 18;
const SEED = 7;

let port: UdpPort;
let ring: RingMemory;
let receiver: DatagramReceiver;
let writer: RingWriter;
let reader: RingReader;
let known: KnownSources;
let taken: { bytes: Uint8Array; address: string; port: number; arrivedMs: number }[];
const senders = new Map<string, Socket>();

async function senderOf(address: string): Promise<Socket> {
  let socket = senders.get(address);
  if (socket === undefined) {
    socket = createSocket("udp4");
    senders.set(address, socket);
    await new Promise<void>((resolve) => socket!.bind(0, address, resolve));
  }
  return socket;
}

/** Sends a datagram from an address of this machine and offers it to the ring. Returns what `push` returned. */
async function offer(bytes: Uint8Array, from = "127.0.0.1"): Promise<boolean> {
  const socket = await senderOf(from);
  await new Promise<void>((resolve) => socket.send(bytes, port.bound.port, "127.0.0.1", () => resolve()));
  expect(receiver.receive(port.fd)).toBe(1);
  const isDone = writer.push(receiver, 0, 1);
  writer.publish();
  return isDone;
}

/** Offers datagrams of 10 kB until the ring takes no more, or drops one. Returns how many it took. */
async function fill(from: string): Promise<number> {
  for (let count = 0; ; count++) {
    const drops = dropped();
    if (!(await offer(new Uint8Array(10_000), from)) || dropped() > drops) return count;
  }
}

function dropped(): number {
  return new Float64Array(ring.buffer, COUNTERS_AT)[COUNTER.dropsShare]!;
}

beforeEach(() => {
  if (!canReceiveBatches()) return;
  port = new UdpPort("127.0.0.1", 0, 1 << 20);
  ring = createRingMemory(RING_BYTES);
  receiver = new DatagramReceiver(ring.buffer, RECEIVER_AT);
  writer = new RingWriter(ring, SEED);
  known = new KnownSources(ring, SEED);
  taken = [];
  reader = new RingReader(ring, (bytes, start, end, address, port, arrivedMs) =>
    taken.push({ bytes: bytes.slice(start, end), address, port, arrivedMs }),
  );
});

afterEach(() => {
  port?.close();
  for (const socket of senders.values()) socket.close();
  senders.clear();
});

describe.skipIf(!canReceiveBatches())("the ring", () => {
  it("gives back what was put in, in order, however often it goes round", async () => {
    const sent: Uint8Array[] = [];
    for (let i = 0; i < 120; i++) {
      const bytes = new Uint8Array((i * 7919) % 60_000).fill(i);
      sent.push(bytes);
      expect(await offer(bytes, i % 2 === 0 ? "127.0.0.1" : "127.0.0.2")).toBe(true);
      if (i % 3 === 2) reader.read(2);
      while (reader.usedBytes > RING_BYTES / 2) reader.read(1);
    }
    while (reader.read(10) > 0);
    expect(taken.every(({ bytes }, i) => Buffer.compare(bytes, sent[i]!) === 0)).toBe(true);
    expect(taken.map(({ bytes }) => bytes.length)).toEqual(sent.map(({ length }) => length));
    expect(new Set(taken.map(({ address }) => address))).toEqual(new Set(["127.0.0.1", "127.0.0.2"]));
    expect(taken[0]!.port).toBe(senders.get("127.0.0.1")!.address().port);
    expect(Math.abs(Date.now() - taken[0]!.arrivedMs)).toBeLessThan(60_000);
    expect(reader.usedBytes).toBe(0);
  });

  it("that is full takes a datagram when there is room, and loses none", async () => {
    const count = await fill("127.0.0.1");
    expect(count).toBe(Math.floor(RING_BYTES / 10_040));
    expect(dropped()).toBe(0);
    expect(writer.push(receiver, 0, 1)).toBe(false);
    reader.read(1);
    expect(writer.push(receiver, 0, 1)).toBe(true);
    writer.publish();
    while (reader.read(10) > 0);
    expect(taken).toHaveLength(count + 1);
  });
});

describe.skipIf(!canReceiveBatches())("shares of the ring", () => {
  it("a source that is alone uses all of it", async () => {
    known.replace(new Set(["127.0.0.1"]));
    expect(await fill("127.0.0.1")).toBe(Math.floor(RING_BYTES / 10_040));
    expect(dropped()).toBe(0);
  });

  it("unknown sources together leave a fifth of it to the known ones", async () => {
    known.replace(new Set(["127.0.0.1"]));
    await offer(new Uint8Array(100), "127.0.0.1");
    const flood = (await fill("127.0.0.2")) + (await fill("127.0.0.3"));
    expect(flood * 10_040).toBeLessThan(RING_BYTES * 0.86);
    expect(dropped()).toBe(2);
    for (let i = 0; i < 4; i++) expect(await offer(new Uint8Array(10_000), "127.0.0.1")).toBe(true);
    expect(dropped()).toBe(2);
    while (reader.read(10) > 0);
    expect(taken.filter(({ address }) => address === "127.0.0.1")).toHaveLength(5);
  });

  it("a known source that floods leaves room to the others", async () => {
    known.replace(new Set(["127.0.0.1", "127.0.0.2"]));
    await offer(new Uint8Array(100), "127.0.0.2");
    expect((await fill("127.0.0.1")) * 10_040).toBeLessThan(RING_BYTES * 0.93);
    expect(dropped()).toBe(1);
    expect(await offer(new Uint8Array(1000), "127.0.0.2")).toBe(true);
    expect(dropped()).toBe(1);
  });

  it("a source that is not known any more is one of the unknown", async () => {
    known.replace(new Set(["127.0.0.1", "127.0.0.2"]));
    known.replace(new Set(["127.0.0.1"]));
    await offer(new Uint8Array(100), "127.0.0.1");
    expect((await fill("127.0.0.2")) * 10_040).toBeLessThan(RING_BYTES * 0.86);
  });
});
