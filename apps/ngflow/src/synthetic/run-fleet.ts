import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { PacketBatch } from "@ngflow/base";
import type { Fleet } from "./fleet.ts";
import type { FleetSender } from "./senders/fleet-sender.ts";
import { DatagramMemory } from "./stream.ts";

const BATCH = 64;
/** Longest time without a turn of the event loop, milliseconds: signals and sockets wait so long. */
const TURN_MS = 10;
/** A record may be longer than the rest of the datagram; the longest template has less than this. */
const SLACK_BYTES = 2048;
/** Datagrams that one of several streams sends in a row where there is no rate. */
const ROW = 8;
/** Without a rate, a file's clock and that of `--start` go on as if so many records were sent every second. */
export const NOMINAL_RATE = 1_000_000;

/** When to send, and when to stop. */
export interface Pace {
  /** Flow records every second, of all exporters; undefined for no limit. */
  readonly rate: number | undefined;
  /** Flow records to send. */
  readonly count: number;
  /** Milliseconds to send, by the clock of the datagrams. */
  readonly durationMs: number;
  /** Unix milliseconds of the first datagram. */
  readonly startMs: number;
  /** Whether datagrams are sent at their time; otherwise as fast as the sender takes them. */
  readonly live: boolean;
  /** Whether the datagrams have the time of the machine and not that of the rate. */
  readonly machineClock: boolean;
  /** Added to the clock that the datagrams show, milliseconds. */
  readonly clockOffMs: number;
  /** Most bytes of a datagram. */
  readonly mtu: number;
}

/** Sends the datagrams of a fleet until the pace ends it or `stopped` resolves. */
export async function runFleet(
  fleet: Fleet,
  sender: FleetSender,
  pace: Pace,
  stopped: Promise<unknown>,
): Promise<void> {
  let isStopped = false;
  void stopped.then(() => (isStopped = true));
  const memory = new DatagramMemory(BATCH * (pace.mtu + SLACK_BYTES));
  const batch = new PacketBatch(BATCH, memory.bytes);
  const { streams } = fleet;
  const inRow = pace.rate !== undefined ? 1 : streams.length === 1 ? Infinity : ROW;
  const rate = pace.rate ?? NOMINAL_RATE;
  const began = performance.now();
  let [records, turn, row, used] = [0, 0, 0, 0];
  let lastTurnMs = began;

  const flush = (): Promise<void> | undefined => {
    if (batch.count > 0) sender.send(batch, streams[turn]!.exporter);
    batch.count = used = 0;
    return sender.ready(streams[turn]!.exporter);
  };

  while (!isStopped && records < pace.count) {
    const dueMs = (records * 1000) / rate;
    const elapsedMs = pace.machineClock ? performance.now() - began : dueMs;
    if (elapsedMs >= pace.durationMs) break;
    const waitMs = pace.live ? dueMs - (performance.now() - began) : 0;
    if (waitMs > 0) {
      await flush();
      // A stop must not wait for a slow rate.
      await Promise.race([sleep(Math.min(1000, Math.max(1, waitMs)), undefined, { ref: true }), stopped]);
      continue;
    }
    const { stream } = streams[turn]!;
    const before = stream.sums.records;
    const nowMs = Math.floor(pace.startMs + elapsedMs);
    const length = stream.write(memory, used, pace.count - records, nowMs + pace.clockOffMs);
    batch.push(used, length, length, nowMs * 1000);
    used += length;
    const sent = stream.sums.records - before;
    records += sent;
    // All parts of an announcement follow one another, and a record of flows.
    const rowEnds = sent > 0 && ++row >= inRow;
    if (!rowEnds && batch.count < BATCH) continue;
    const room = flush();
    if (room !== undefined) await room;
    if (rowEnds) {
      row = 0;
      turn = (turn + 1) % streams.length;
    }
    if (performance.now() - lastTurnMs < TURN_MS) continue;
    await nextTurn();
    lastTurnMs = performance.now();
  }
  await flush();
}
