import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { adviseHugePages, type UdpPort, WakeUp } from "@ngflow/os/udp";
import type { ReceiveThreadData } from "./receive-loop.ts";
import type { Receiver, ReceiverCounters, ReceiverSocket } from "./receiver.ts";
import { COUNTER, COUNTERS_AT, createRingMemory, RING_AT, SIGNAL } from "./ring-memory.ts";
import { type DatagramSink, RingReader } from "./ring-reader.ts";
import { KnownSources } from "./source-shares.ts";

/** Decoding lets other work of the event loop run after so long, the rings of all receivers together. */
const TURN_MS = 8;
/** Datagrams between two looks at the clock; their room is freed together. */
const SLICE = 32;
const DRAIN_LIMIT_MS = 2000;

/**
 * The receiver of Linux: a thread reads the sockets into a ring in shared memory, and this thread takes datagrams from
 * the ring. When this thread stands still, reception goes on until the ring is full; then the kernel's buffers fill.
 */
export class ThreadReceiver implements Receiver {
  readonly sockets: readonly ReceiverSocket[];
  readonly #ports: readonly UdpPort[];
  readonly #wakeUp: WakeUp;
  readonly #signals: Int32Array;
  readonly #counters: Float64Array;
  readonly #reader: RingReader;
  readonly #known: KnownSources;
  readonly #worker: Worker;
  readonly #ended: Promise<unknown>;
  readonly #turnMs: number;
  #hasEnded = false;
  #passedOn: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  /**
   * @param ports the sockets, which it closes at the end
   * @param share its part of the memory and time of all receivers, 0 to 1
   * @param onError is called when the thread has failed
   */
  constructor(
    ports: readonly UdpPort[],
    { ringBytes, share }: { readonly ringBytes: number; readonly share: number },
    sink: DatagramSink,
    onError: (error: Error) => void,
  ) {
    const ring = createRingMemory(ringBytes * share);
    adviseHugePages(new Uint8Array(ring.buffer, RING_AT));
    this.#turnMs = TURN_MS * share;
    this.#ports = ports;
    this.sockets = ports.map(({ bound: { host, port }, receiveBufferBytes }) => ({ host, port, receiveBufferBytes }));
    this.#wakeUp = new WakeUp();
    const seed = randomBytes(4).readInt32LE();
    this.#signals = new Int32Array(ring.buffer, 0, COUNTERS_AT / 4);
    this.#counters = new Float64Array(ring.buffer, COUNTERS_AT, Object.keys(COUNTER).length);
    this.#reader = new RingReader(ring, sink);
    this.#known = new KnownSources(ring, seed);
    const data: ReceiveThreadData = { ring, sockets: ports.map(({ fd }) => fd), wakeUp: this.#wakeUp.fd, seed };
    const file = new URL(`./receive-thread${extname(import.meta.url)}`, import.meta.url);
    // koffi is loaded in this thread too (the sockets above), as it has to be before a worker that uses it may end.
    this.#worker = new Worker(file, { workerData: data, name: "receive" });
    this.#worker.on("error", onError);
    this.#ended = once(this.#worker, "exit").then(() => (this.#hasEnded = true));
    this.#waitForDatagrams();
  }

  counters(): ReceiverCounters {
    const counters = this.#counters;
    return {
      datagramsReceived: counters[COUNTER.datagrams]!,
      bytesReceived: counters[COUNTER.bytes]!,
      kernelDrops: this.#ports.reduce((sum, port) => sum + port.drops(), 0),
      ringDropsShare: counters[COUNTER.dropsShare]!,
      ringBytes: this.#reader.usedBytes,
      ringBytesMost: counters[COUNTER.highWaterBytes]!,
      receiveErrors: counters[COUNTER.receiveErrors]!,
      receiveStallMsMost: Math.round(counters[COUNTER.longestStallMs]!),
    };
  }

  eachCounters(): readonly ReceiverCounters[] {
    return [];
  }

  beat(): number {
    return Atomics.load(this.#signals, SIGNAL.beat);
  }

  favour(sources: ReadonlySet<string>): void {
    this.#known.replace(sources);
  }

  async drain(): Promise<void> {
    const endMs = performance.now() + DRAIN_LIMIT_MS;
    const asked = Atomics.add(this.#signals, SIGNAL.settleAsked, 1) + 1;
    this.#wakeUp.wake();
    for (;;) {
      const settled = Atomics.load(this.#signals, SIGNAL.settled);
      const leftMs = endMs - performance.now();
      if (settled >= asked || this.#hasEnded || leftMs <= 0) break;
      await Atomics.waitAsync(this.#signals, SIGNAL.settled, settled, leftMs).value;
    }
    while (this.#reader.usedBytes > 0 && performance.now() < endMs) await nextTurn();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** Ends the thread, and passes on what had arrived by then. The sockets stay open. Safe to call twice. */
  finish(): Promise<void> {
    return (this.#passedOn ??= this.#finish());
  }

  async #finish(): Promise<void> {
    Atomics.store(this.#signals, SIGNAL.stop, 1);
    Atomics.notify(this.#signals, SIGNAL.stop);
    this.#wakeUp.wake();
    await this.#ended;
    Atomics.notify(this.#signals, SIGNAL.readerWaits);
    while (this.#reader.read(SLICE) > 0) await nextTurn();
  }

  async #close(): Promise<void> {
    await this.finish();
    for (const port of this.#ports) port.close();
    this.#wakeUp.close();
  }

  /** Decodes what is in the ring, for a limited time; goes on in the next turn, or waits when nothing is left. */
  readonly #takeDatagrams = (): void => {
    const endMs = performance.now() + this.#turnMs;
    let count = SLICE;
    while (count === SLICE && performance.now() < endMs) count = this.#reader.read(SLICE);
    if (count === SLICE) setImmediate(this.#takeDatagrams);
    else this.#waitForDatagrams();
  };

  #waitForDatagrams(): void {
    if (this.#hasEnded) return;
    Atomics.store(this.#signals, SIGNAL.readerWaits, 1);
    if (this.#reader.usedBytes > 0) Atomics.store(this.#signals, SIGNAL.readerWaits, 0);
    const { async, value } = Atomics.waitAsync(this.#signals, SIGNAL.readerWaits, 1);
    if (async) void value.then(this.#takeDatagrams);
    else setImmediate(this.#takeDatagrams);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
