import { type Rng, u16be } from "@ngflow/base";
import { createGenerator } from "../generator/generator.ts";
import { type DatagramMemory, newSums, type Stream, type StreamSettings } from "./stream.ts";

const ETHERNET_BYTES = 14;
const IPV6_TYPE = 0x86dd;
/** Bytes of each frame that a sample has. */
const HEADER_MOST = 128;
const FRAMES = 512;
/** Frames of a family that are waited for; the generator makes both. */
const GENERATED_MS = 120_000;
/** Datagrams between two samples of interface counters. */
const COUNTERS_EVERY = 32;
const INTERFACES = 4;
const SPEED_BPS = 1_000_000_000;

/** The first bytes and lengths of frames, drawn once and sampled again and again. */
export class FramePool {
  /** Of each family, IPv4 first: HEADER_MOST bytes a frame. */
  readonly headers = [new Uint8Array(FRAMES * HEADER_MOST), new Uint8Array(FRAMES * HEADER_MOST)] as const;
  readonly lengths = [new Uint32Array(FRAMES), new Uint32Array(FRAMES)] as const;
  readonly counts = [0, 0];

  constructor(rng: Rng) {
    const generator = createGenerator({ rng, clients: 200, servers: 600, sessionsPerSecond: 200 });
    for (let ms = 0; ms < GENERATED_MS && Math.min(...this.counts) < FRAMES; ms += 20) {
      generator.advance(ms, ({ received, sent }) => {
        for (const batch of [received, sent]) {
          for (let i = 0; i < batch.count; i++) this.#add(batch.buffer, batch.offsets[i]!, batch.lengths[i]!);
        }
      });
    }
  }

  #add(bytes: Uint8Array, at: number, length: number): void {
    const family = u16be(bytes, at + 12) === IPV6_TYPE ? 1 : 0;
    const index = this.counts[family]!;
    if (index === FRAMES) return;
    this.headers[family].set(bytes.subarray(at, at + Math.min(length, HEADER_MOST)), index * HEADER_MOST);
    this.lengths[family][index] = length;
    this.counts[family] = index + 1;
  }
}

/**
 * Datagrams of sFlow version 5 (https://sflow.org/sflow_version_5.txt): flow samples, each with the first bytes of an
 * Ethernet frame, and at times a sample of interface counters. A sample counts as one packet of its IP length.
 */
export class SflowStream implements Stream {
  readonly sums = newSums();
  readonly #agent: Uint8Array;
  readonly #subAgent: number;
  readonly #settings: StreamSettings;
  readonly #rng: Rng;
  readonly #pool: FramePool;
  #ipv6Samples = 0;
  #sequence = 0;
  #sampleSequence = 0;
  #counterSequence = 0;

  /** @param agent IPv4 address of the agent, 4 bytes */
  constructor(agent: Uint8Array, subAgent: number, settings: StreamSettings, rng: Rng, pool: FramePool) {
    this.#agent = agent;
    this.#subAgent = subAgent;
    this.#settings = settings;
    this.#rng = rng;
    this.#pool = pool;
  }

  write(memory: DatagramMemory, at: number, most: number, nowMs: number): number {
    const { view, bytes } = memory;
    const { mtu, recordsMost, bootMs } = this.#settings;
    view.setUint32(at, 5);
    view.setUint32(at + 4, 1);
    bytes.set(this.#agent, at + 8);
    view.setUint32(at + 12, this.#subAgent);
    view.setUint32(at + 16, this.#sequence);
    view.setUint32(at + 20, (nowMs - bootMs) % 0x1_0000_0000);
    let o = at + 28;
    let samples = 0;
    if (this.#sequence % COUNTERS_EVERY === 0) {
      o = this.#writeCounters(view, o);
      samples++;
    }
    const limit = at + mtu;
    let flows = 0;
    while (flows < Math.min(most, recordsMost) && (flows === 0 || o + SAMPLE_MOST <= limit)) {
      o = this.#writeFlow(view, bytes, o);
      flows++;
    }
    view.setUint32(at + 24, samples + flows);
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.sums.records += flows;
    this.sums.datagrams++;
    this.sums.datagramBytes += o - at;
    return o - at;
  }

  /** A flow sample with a sampled header and the VLANs of the switch; returns the offset after it. */
  #writeFlow(view: DataView, bytes: Uint8Array, at: number): number {
    const { sums } = this;
    const pool = this.#pool;
    const settings = this.#settings;
    const ipv6 = settings.ipv6 === 1 || this.#ipv6Samples < settings.ipv6 * this.#sampleSequence;
    const family = ipv6 ? 1 : 0;
    if (ipv6) this.#ipv6Samples++;
    const random = this.#rng.u32();
    const index = random % pool.counts[family]!;
    const length = pool.lengths[family]![index]!;
    const kept = Math.min(length, HEADER_MOST);
    const padded = (kept + 3) & ~3;
    const from = index * HEADER_MOST;
    const sequence = ++this.#sampleSequence;
    view.setUint32(at, 1);
    view.setUint32(at + 4, 32 + 24 + padded + 24);
    view.setUint32(at + 8, sequence);
    view.setUint32(at + 12, 1 + (random >>> 30));
    view.setUint32(at + 16, settings.sampling);
    view.setUint32(at + 20, (sequence * settings.sampling) % 0x1_0000_0000);
    view.setUint32(at + 24, 0);
    view.setUint32(at + 28, 1 + (random >>> 30));
    view.setUint32(at + 32, 10);
    view.setUint32(at + 36, 2);
    let o = at + 40;
    view.setUint32(o, 1);
    view.setUint32(o + 4, 16 + padded);
    view.setUint32(o + 8, 1);
    // The frame check sequence is counted and not in the header.
    view.setUint32(o + 12, length + 4);
    view.setUint32(o + 16, 4);
    view.setUint32(o + 20, kept);
    o += 24;
    const frames = pool.headers[family]!;
    for (let k = 0; k < padded; k++) bytes[o + k] = k < kept ? frames[from + k]! : 0;
    o += padded;
    view.setUint32(o, 1001);
    view.setUint32(o + 4, 16);
    view.setUint32(o + 8, 100 + (random & 7));
    view.setUint32(o + 12, 0);
    view.setUint32(o + 16, 100 + (random & 7));
    view.setUint32(o + 20, 0);
    sums.packets++;
    sums.bytes += length - ETHERNET_BYTES;
    return o + 24;
  }

  /** A counters sample with the generic counters of an interface; returns the offset after it. */
  #writeCounters(view: DataView, at: number): number {
    const sequence = ++this.#counterSequence;
    const index = 1 + (sequence % INTERFACES);
    const octets = this.sums.bytes * this.#settings.sampling;
    const packets = (this.sums.packets * this.#settings.sampling) % 0x1_0000_0000;
    const words = [2, 12 + 8 + 88, sequence, index, 1, 1, 88, index, 6, 0, SPEED_BPS, 1, 3];
    words.push(Math.floor(octets / 0x1_0000_0000), octets % 0x1_0000_0000, packets, 0, 0, 0, 0, 0);
    words.push(Math.floor(octets / 0x1_0000_0000), octets % 0x1_0000_0000, packets, 0, 0, 0, 0, 0);
    words.forEach((word, i) => view.setUint32(at + 4 * i, word));
    return at + 4 * words.length;
  }
}

/** Bytes of the longest flow sample. */
const SAMPLE_MOST = 40 + 24 + HEADER_MOST + 24;
