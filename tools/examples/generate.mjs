// Writes examples/office.pcap, a small capture for the pages of the documentation: packets of the traffic generator
// from a fixed seed, so that it is the same file on every machine. Only the headers of packets are kept, as by
// `tcpdump -s`.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sourceLoader } from "../load-sources.mjs";
import { root } from "../workspaces.mjs";

const SEED = 9;
/** 2026-01-05T09:00:00Z, a Monday. */
const START_MS = 1_767_603_600_000;
const SECONDS = 52;
const STEP_MS = 20;
/** Few hosts, so that some of them are seen often. */
const OFFICE = { sessionsPerSecond: 0.7, clients: 8, servers: 30 };
/** Bytes kept of a frame: Ethernet, IPv6 and TCP headers. */
const SNAP_LENGTH = 74;

const { load, close } = await sourceLoader();
const { seededRng } = await load("packages/base/src/index.ts");
const { createGenerator } = await load("apps/ngflow/src/generator/generator.ts");

/** Records of a classic pcap file with their times, in microseconds. */
const records = [];
const take = (batch) => {
  for (let i = 0; i < batch.count; i++) {
    const frame = batch.packet(i);
    const kept = frame.subarray(0, SNAP_LENGTH);
    const timeUs = batch.timesUs[i];
    const head = Uint32Array.of(Math.floor(timeUs / 1e6), timeUs % 1e6, kept.length, frame.length);
    records.push({ timeUs, bytes: Buffer.concat([new Uint8Array(head.buffer), kept]) });
  }
};
const generator = createGenerator({ rng: seededRng(SEED), ...OFFICE });
for (let ms = 0; ms <= SECONDS * 1000; ms += STEP_MS) {
  generator.advance(START_MS + ms, ({ received, sent }) => {
    take(received);
    take(sent);
  });
}
records.sort((a, b) => a.timeUs - b.timeUs);

const MAGIC = 0xa1b2c3d4;
const VERSION_2_4 = 0x0004_0002;
const ETHERNET = 1;
const header = Uint32Array.of(MAGIC, VERSION_2_4, 0, 0, SNAP_LENGTH, ETHERNET);
mkdirSync(join(root, "examples"), { recursive: true });
writeFileSync(
  join(root, "examples", "office.pcap"),
  Buffer.concat([new Uint8Array(header.buffer), ...records.map(({ bytes }) => bytes)]),
);
await close();
