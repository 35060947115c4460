// Flows for a store: a seeded mix of hosts, ports and lives, received at an even pace.
import { FlowBatch } from "@ngflow/flows";

/** A generator of numbers from 0 to 1 (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PORTS = [443, 443, 443, 53, 53, 80, 22, 123, 25, 8080];

/** Milliseconds from 0 to the longest: most flows are short, some as long as an exporter's active timeout. */
function lifeMs(next) {
  const kind = next();
  if (kind < 0.35) return 0;
  if (kind < 0.8) return Math.floor(next() * 5000);
  if (kind < 0.97) return Math.floor(next() * 60_000);
  return Math.floor(next() * 300_000);
}

/** Few hosts have most of the flows. */
const skewed = (next, count) => Math.floor(count * next() ** 3);

/**
 * A batch of flows.
 * @param range `fromMs`, `toMs`: when they were received, Unix milliseconds
 */
export function flowBatch(count, { fromMs, toMs }, { sources, destinations }, next) {
  const batch = new FlowBatch(count);
  const { columns } = batch;
  const time = (name, row, ms) => {
    columns[name][2 * row] = ms >>> 0;
    columns[name][2 * row + 1] = Math.floor(ms / 2 ** 32);
  };
  const ipv4 = (name, row, network, host) => {
    const at = row * 16;
    columns[name].set([0xff, 0xff, network, (host >>> 16) & 0xff, (host >>> 8) & 0xff, host & 0xff], at + 10);
  };
  for (let row = 0; row < count; row++) {
    const receivedMs = Math.floor(fromMs + ((toMs - fromMs) * row) / count);
    const endMs = receivedMs - Math.floor(next() * 15_000);
    time("TimeReceived", row, receivedMs);
    time("TimeEnd", row, endMs);
    time("TimeStart", row, endMs - lifeMs(next));
    ipv4("ExporterAddr", row, 192, Math.floor(next() * 4));
    ipv4("SrcAddr", row, 10, skewed(next, sources));
    ipv4("DstAddr", row, 100, skewed(next, destinations));
    columns.IpVersion[row] = 4;
    columns.Proto[row] = next() < 0.7 ? 6 : 17;
    columns.Tos[row] = next() < 0.9 ? 0 : 184;
    columns.SrcPort[row] = 1024 + Math.floor(next() * 64_000);
    columns.DstPort[row] = PORTS[Math.floor(next() * PORTS.length)];
    columns.TcpFlags[row] = 0x1b;
    columns.InIf[row] = 1 + Math.floor(next() * 8);
    columns.OutIf[row] = 1 + Math.floor(next() * 8);
    columns.SamplingRate[row] = 1;
    const packets = 1 + Math.floor(40 * next() ** 4);
    columns.Packets[2 * row] = packets;
    columns.Bytes[2 * row] = packets * (64 + Math.floor(next() * 1400));
  }
  batch.rows = count;
  return batch;
}
