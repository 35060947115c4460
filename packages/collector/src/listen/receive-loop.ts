import { DatagramReceiver, RECEIVE_DATAGRAMS, SocketWait, WakeUp } from "@ngflow/os/udp";
import { COUNTER, COUNTERS_AT, RECEIVER_AT, type RingMemory, SIGNAL } from "./ring-memory.ts";
import { RingWriter } from "./ring-writer.ts";

/** What the receive thread is given. */
export interface ReceiveThreadData {
  readonly ring: RingMemory;
  /** Descriptors of the sockets. */
  readonly sockets: readonly number[];
  readonly wakeUp: number;
  readonly seed: number;
}

/**
 * After datagrams have come, more are left to gather for so long: one call then takes many. It is the most that the
 * thread delays a datagram.
 */
const GATHER_MS = 0.5;
/** Longest wait for a socket or for room. The beat stops for no longer. */
const WAIT_MS = 200;
/** Most calls per socket in a round, so that one socket does not keep the thread from the others. */
const CALLS_IN_A_ROW = 16;
/** After an error of a socket, which may come again at once. */
const ERROR_WAIT_MS = 20;

/** At the stop, sockets that never become empty are read for no longer. */
const STOP_MS = 2000;

/** What the receive thread does: sockets to ring, until it is asked to stop. */
export class ReceiveLoop {
  private readonly sockets: readonly number[];
  private readonly signals: Int32Array;
  private readonly counters: Float64Array;
  private readonly receiver: DatagramReceiver;
  private readonly writer: RingWriter;
  private readonly socketWait: SocketWait;
  /** Datagrams of the last round, and whether it left nothing in any socket. */
  private received = 0;
  private isEmpty = true;
  private hasFailed = false;
  /** When the next round was to be over at the latest, had nothing held the thread up. */
  private expectedMs = 0;

  constructor({ ring, sockets, wakeUp, seed }: ReceiveThreadData) {
    this.sockets = sockets;
    this.signals = new Int32Array(ring.buffer, 0, COUNTERS_AT / 4);
    this.counters = new Float64Array(ring.buffer, COUNTERS_AT, Object.keys(COUNTER).length);
    this.receiver = new DatagramReceiver(ring.buffer, RECEIVER_AT);
    this.writer = new RingWriter(ring, seed);
    this.socketWait = new SocketWait(sockets, new WakeUp(wakeUp));
  }

  /** Returns after `stop` was set, with everything in the ring that had arrived by then. */
  run(): void {
    const { signals } = this;
    let stopMs = Number.POSITIVE_INFINITY;
    this.expectedMs = performance.now();
    for (;;) {
      const stopping = Atomics.load(signals, SIGNAL.stop) === 1;
      const asked = Atomics.load(signals, SIGNAL.settleAsked);
      this.round();
      const nowMs = this.noteStall();
      if (this.isEmpty && Atomics.load(signals, SIGNAL.settled) !== asked) {
        Atomics.store(signals, SIGNAL.settled, asked);
        Atomics.notify(signals, SIGNAL.settled);
      }
      if (stopping) {
        if (this.isEmpty || nowMs > stopMs) return;
        stopMs = Math.min(stopMs, nowMs + STOP_MS);
      }
      this.waitForMore(nowMs);
    }
  }

  /** Reads every socket until it is empty, but not for long. */
  private round(): void {
    Atomics.add(this.signals, SIGNAL.beat, 1);
    this.received = 0;
    this.isEmpty = true;
    this.hasFailed = false;
    const nowMs = Date.now();
    for (const fd of this.sockets) {
      let count = RECEIVE_DATAGRAMS;
      for (let calls = 0; calls < CALLS_IN_A_ROW && count === RECEIVE_DATAGRAMS; calls++) {
        count = this.receiver.receive(fd);
        for (let i = 0; i < count; i++) if (!this.writer.push(this.receiver, i, nowMs)) this.pushWhenRoom(i, nowMs);
        if (count > 0) this.writer.publish();
        this.received += Math.max(0, count);
      }
      if (count === RECEIVE_DATAGRAMS) this.isEmpty = false;
      if (count < 0) {
        this.hasFailed = true;
        this.counters[COUNTER.receiveErrors]!++;
      }
    }
  }

  /** Waits until the reader has made room. Meanwhile datagrams wait in the sockets, where the kernel counts drops. */
  private pushWhenRoom(i: number, nowMs: number): void {
    const { signals, writer } = this;
    writer.publish();
    for (;;) {
      Atomics.store(signals, SIGNAL.writerWaits, 1);
      if (writer.push(this.receiver, i, nowMs)) return;
      Atomics.wait(signals, SIGNAL.writerWaits, 1, WAIT_MS);
      Atomics.add(signals, SIGNAL.beat, 1);
    }
  }

  private waitForMore(nowMs: number): void {
    this.expectedMs = nowMs;
    if (!this.isEmpty) return;
    if (this.received > 0 || this.hasFailed) {
      const waitMs = this.hasFailed ? ERROR_WAIT_MS : GATHER_MS;
      Atomics.wait(this.signals, SIGNAL.stop, 0, waitMs);
      this.expectedMs = nowMs + waitMs;
      return;
    }
    this.socketWait.wait(WAIT_MS);
    this.expectedMs = performance.now();
  }

  /** Notes by how much the round was late. Returns the time. */
  private noteStall(): number {
    const nowMs = performance.now();
    const stallMs = nowMs - this.expectedMs;
    if (stallMs > this.counters[COUNTER.longestStallMs]!) this.counters[COUNTER.longestStallMs] = stallMs;
    return nowMs;
  }
}
