import { PacketBatch } from "@ngflow/base";
import type { ExportOutlet } from "../../flow-engine.ts";

/** Datagrams that are collected before the hook is called. */
const QUEUE_DATAGRAMS = 64;

/** Finished datagrams on their way to a hook, and the one that is being filled: a batch over one buffer. */
export class DatagramQueue {
  outlet: ExportOutlet | null = null;
  /** Datagrams handed to the hook, and those that it refused. */
  sent = 0;
  refused = 0;
  readonly view: DataView;
  readonly buffer: Uint8Array;
  /** Offset of the datagram that is being filled. */
  start = 0;
  private readonly batch: PacketBatch;
  private readonly slotBytes: number;

  /** @param slotBytes most bytes of one datagram */
  constructor(slotBytes: number) {
    this.slotBytes = (slotBytes + 63) & ~63;
    this.buffer = new Uint8Array(this.slotBytes * QUEUE_DATAGRAMS);
    this.view = new DataView(this.buffer.buffer);
    this.batch = new PacketBatch(QUEUE_DATAGRAMS, this.buffer);
  }

  /** An empty queue to the same hook with other slots; counters go on. Everything has been delivered. */
  createResized(slotBytes: number): DatagramQueue {
    const next = new DatagramQueue(slotBytes);
    next.outlet = this.outlet;
    next.sent = this.sent;
    next.refused = this.refused;
    return next;
  }

  /** The datagram at `start` is complete. Hands all over after the last slot. */
  push(length: number, nowUs: number): void {
    this.batch.push(this.start, length, length, nowUs);
    this.start += this.slotBytes;
    if (this.start === this.buffer.length) {
      this.deliver();
      this.start = 0;
    }
  }

  /** Hands the finished datagrams to the hook; without a hook they are dropped. */
  deliver(): void {
    const { batch, outlet } = this;
    if (batch.count === 0) return;
    if (outlet !== null) {
      if (outlet.send(batch) === 0) this.sent += batch.count;
      else this.refused += batch.count;
    }
    batch.count = 0;
  }
}
