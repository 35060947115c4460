import { E, type PacketBatch } from "@ngflow/base";
import { type Hook, type ValueOf } from "@ngflow/graph";
import { FLOWS, flowOf } from "./flow-hash.ts";
import type { DirectionConfig, directionRunType, directionStatsType } from "./pipe-types.ts";
import { emptyQueue, type PacketQueue, WaitingPackets } from "./waiting-packets.ts";

const DEFAULT_QUEUE = 50;
const DEFAULT_QUANTUM = 2048;
const SMALLEST_QUANTUM = 32;
const BITS_AND_US = 8_000_000;

/** What both directions share, in microseconds and bytes. */
export interface Shared {
  delay: number;
  headerOffset: number;
  overhead: number;
}

type Discipline = "fifo" | "drr" | "wfq";

/** Packets of one flow, or of all of them; `served` is what a discipline remembers of the flow. */
interface Flow {
  readonly queue: PacketQueue;
  /** DRR: bytes it may still send in its turn. WFQ: bytes sent, on the scale of all flows. */
  served: number;
}

/** Packets entering at one hook, on their way to the other (reference: nodes.md §14). */
export class PipeDirection {
  /** Where the packets come from, null while that is not connected. */
  hook: Hook | null = null;
  bandwidth = 0;
  ber = 0;
  queuelen = DEFAULT_QUEUE;
  delaylen = 0;
  duplicate = 0;
  discipline: Discipline = "fifo";
  quantum = 0;
  dropHead = false;
  fwdOctets = 0;
  fwdFrames = 0;
  queueDropOctets = 0;
  queueDropFrames = 0;
  delayDropOctets = 0;
  delayDropFrames = 0;
  readonly drops = { queueFull: 0, delayFull: 0, bitErrors: 0, unconnected: 0 };
  duplicates = 0;
  queuedOctets = 0;
  queuedFrames = 0;
  delayedOctets = 0;
  readonly #shared: Shared;
  readonly #random: () => number;
  readonly #waiting = new WaitingPackets();
  readonly #flows: (Flow | undefined)[] = [];
  /** Flows that have packets, in the order in which they are served. */
  #active: Flow[] = [];
  readonly #delayed = emptyQueue();
  /** When the line is free for the next packet, microseconds. */
  #freeUs = 0;
  /** WFQ: `served` of the flow that was served last. */
  #virtual = 0;
  #advancing = false;

  constructor(shared: Shared, random: () => number) {
    this.#shared = shared;
    this.#random = random;
  }

  get delayedFrames(): number {
    return this.#delayed.packets;
  }

  get activeFlows(): number {
    return this.#active.length;
  }

  /** Whether packets go straight through. */
  get #straight(): boolean {
    return this.bandwidth === 0 && this.#shared.delay === 0 && this.duplicate === 0 && this.ber === 0;
  }

  get idle(): boolean {
    return this.queuedFrames === 0 && this.#delayed.packets === 0;
  }

  /** A newly connected hook begins with the settings and counts of a new node. */
  begin(hook: Hook): void {
    this.reset();
    this.clear();
    this.hook = hook;
  }

  /** Gives the settings the values of a new node. */
  reset(): void {
    this.bandwidth = this.ber = this.delaylen = this.duplicate = 0;
    this.queuelen = DEFAULT_QUEUE;
    this.#schedule("fifo");
    this.dropHead = false;
  }

  stats(): ValueOf<typeof directionStatsType> {
    return {
      FwdOctets: this.fwdOctets,
      FwdFrames: this.fwdFrames,
      queueDropOctets: this.queueDropOctets,
      queueDropFrames: this.queueDropFrames,
      delayDropOctets: this.delayDropOctets,
      delayDropFrames: this.delayDropFrames,
    };
  }

  /** What waits at the moment. */
  run(): ValueOf<typeof directionRunType> {
    const { activeFlows: queues, queuedOctets, queuedFrames, delayedOctets, delayedFrames } = this;
    return { queues, queuedOctets, queuedFrames, delayedOctets, delayedFrames };
  }

  clear(): void {
    this.fwdOctets = this.fwdFrames = this.queueDropOctets = this.queueDropFrames = 0;
    this.delayDropOctets = this.delayDropFrames = 0;
  }

  /** What waits is lost with its hook. */
  end(): void {
    this.hook = null;
    for (const flow of this.#active) {
      while (flow.queue.packets > 0) {
        const slot = flow.queue.first;
        this.#unqueue(flow, slot);
        this.#countLost(slot);
      }
    }
    this.#active = [];
    while (this.#delayed.packets > 0) this.#countLost(this.#undelay());
  }

  #countLost(slot: number): void {
    this.drops.unconnected++;
    this.#waiting.release(slot);
  }

  receive(batch: PacketBatch, to: Hook | null, nowUs: number): number {
    if (this.#straight) {
      if (to === null) {
        this.drops.unconnected += batch.count;
        return E.ENETDOWN;
      }
      this.fwdOctets += batch.wireBytes();
      this.fwdFrames += batch.count;
      return to.send(batch);
    }
    for (let i = 0; i < batch.count; i++) this.#enqueue(batch, i, nowUs);
    this.advance(to, nowUs);
    return 0;
  }

  #enqueue(batch: PacketBatch, i: number, nowUs: number): void {
    if (this.queuedFrames === 0 && this.#freeUs < nowUs) this.#freeUs = nowUs;
    const flow = this.#flow(this.discipline === "fifo" ? 0 : flowOf(batch, i, this.#shared.headerOffset));
    const slot = this.#waiting.push(flow.queue, batch, i);
    const octets = batch.wireLengths[i]!;
    if (slot < 0) {
      this.#countQueueDrop(octets);
      return;
    }
    this.queuedFrames++;
    this.queuedOctets += octets;
    if (flow.queue.packets === 1) this.#activate(flow);
    if (this.queuelen > 0 && this.queuedFrames > this.queuelen) this.#dropFromLongest();
  }

  #countQueueDrop(octets: number): void {
    this.drops.queueFull++;
    this.queueDropFrames++;
    this.queueDropOctets += octets;
  }

  #flow(number: number): Flow {
    return (this.#flows[number % FLOWS] ??= { queue: emptyQueue(), served: 0 });
  }

  #activate(flow: Flow): void {
    if (this.discipline === "drr") flow.served = 0;
    else if (flow.served < this.#virtual) flow.served = this.#virtual;
    this.#active.push(flow);
  }

  #dropFromLongest(): void {
    let longest = this.#active[0]!;
    for (const flow of this.#active) if (flow.queue.packets > longest.queue.packets) longest = flow;
    const slot = this.dropHead ? longest.queue.first : longest.queue.last;
    this.#countQueueDrop(this.#waiting.wireLength(slot));
    this.#unqueue(longest, slot);
    this.#waiting.release(slot);
    if (longest.queue.packets === 0) this.#active.splice(this.#active.indexOf(longest), 1);
  }

  #unqueue(flow: Flow, slot: number): void {
    this.#waiting.remove(flow.queue, slot);
    this.queuedFrames--;
    this.queuedOctets -= this.#waiting.wireLength(slot);
  }

  /**
   * Moves on what is due: from the queues onto the line, and from the line to the other hook. What comes back meanwhile
   * in a loop waits for the next time.
   */
  advance(to: Hook | null, nowUs: number): void {
    if (this.#advancing) return;
    this.#advancing = true;
    while (this.#active.length > 0 && this.#freeUs <= nowUs) this.#serve();
    while (this.#delayed.packets > 0 && this.#waiting.whenOf(this.#delayed.first) <= nowUs) this.#leave(to);
    this.#advancing = false;
  }

  #serve(): void {
    const flow = this.#choose();
    const slot = flow.queue.first;
    const octets = this.#waiting.wireLength(slot);
    if (this.bandwidth > 0) this.#freeUs += ((octets + this.#shared.overhead) * BITS_AND_US) / this.bandwidth;
    const copy = this.duplicate > 0 && this.#random() * 100 < this.duplicate;
    if (!copy || !this.#putOnLine(flow, slot, true)) {
      this.#unqueue(flow, slot);
      this.#putOnLine(flow, slot, false);
    }
    if (this.discipline === "drr") flow.served -= octets;
    else this.#virtual = flow.served += octets;
    if (flow.queue.packets === 0) this.#active.splice(this.#active.indexOf(flow), 1);
  }

  /** The flow whose turn it is. */
  #choose(): Flow {
    const active = this.#active;
    let chosen = active[0]!;
    if (this.discipline === "wfq") {
      for (const flow of active) if (flow.served < chosen.served) chosen = flow;
    } else if (this.discipline === "drr") {
      while (chosen.served < this.#waiting.wireLength(chosen.queue.first)) {
        chosen.served += this.quantum;
        active.push(active.shift()!);
        chosen = active[0]!;
      }
    }
    return chosen;
  }

  /**
   * Sends a packet, or a copy of it that leaves the packet where it is, over the line, where it may be damaged.
   * @returns false when there is no memory for a copy.
   */
  #putOnLine(flow: Flow, slot: number, copy: boolean): boolean {
    let onLine = slot;
    if (copy) {
      onLine = this.#waiting.duplicate(flow.queue, slot);
      if (onLine < 0) return false;
      this.#waiting.remove(flow.queue, onLine);
      this.duplicates++;
    }
    const octets = this.#waiting.wireLength(onLine);
    const damaged = this.ber > 0 && this.#random() >= this.#intact(octets);
    if (damaged || (this.delaylen > 0 && this.#delayed.packets >= this.delaylen)) {
      if (damaged) this.drops.bitErrors++;
      else this.drops.delayFull++;
      this.delayDropFrames++;
      this.delayDropOctets += octets;
      this.#waiting.release(onLine);
      return true;
    }
    this.#waiting.setWhen(onLine, this.#freeUs + this.#shared.delay);
    this.#waiting.append(this.#delayed, onLine);
    this.delayedOctets += octets;
    return true;
  }

  /** Probability that no bit of a packet is wrong. */
  #intact(octets: number): number {
    return this.ber === 1 ? 0 : (1 - 1 / this.ber) ** (8 * (octets + this.#shared.overhead));
  }

  #undelay(): number {
    const slot = this.#delayed.first;
    this.#waiting.remove(this.#delayed, slot);
    this.delayedOctets -= this.#waiting.wireLength(slot);
    return slot;
  }

  #leave(to: Hook | null): void {
    const slot = this.#undelay();
    if (to === null) {
      this.#countLost(slot);
      return;
    }
    this.fwdFrames++;
    this.fwdOctets += this.#waiting.wireLength(slot);
    to.send(this.#waiting.batchOf(slot));
    this.#waiting.release(slot);
  }

  /** Takes what is in range over. */
  configure(wanted: DirectionConfig): void {
    if (wanted.BER === -1) this.ber = 0;
    else if (wanted.BER >= 1 && wanted.BER <= 1e12) this.ber = wanted.BER;
    if (wanted.queuelen === -1) this.queuelen = 0;
    else if (wanted.queuelen >= 5) this.queuelen = wanted.queuelen;
    if (wanted.delaylen === -1) this.delaylen = 0;
    else if (wanted.delaylen >= 5) this.delaylen = wanted.delaylen;
    if (wanted.duplicate === -1) this.duplicate = 0;
    else if (wanted.duplicate >= 1 && wanted.duplicate <= 50) this.duplicate = wanted.duplicate;
    if (wanted.fifo !== 0) this.#schedule("fifo");
    if (wanted.wfq !== 0) this.#schedule("wfq");
    if (wanted.drr !== 0) this.#schedule("drr", wanted.drr >= SMALLEST_QUANTUM ? wanted.drr : DEFAULT_QUANTUM);
    if (wanted.droptail !== 0) this.dropHead = false;
    if (wanted.drophead !== 0) this.dropHead = true;
    if (wanted.bandwidth === -1) {
      this.bandwidth = 0;
      this.#schedule("fifo");
    } else if (wanted.bandwidth >= 100 && wanted.bandwidth <= 1e9) this.bandwidth = wanted.bandwidth;
  }

  /** What waits already keeps its flow. */
  #schedule(discipline: Discipline, quantum = 0): void {
    this.discipline = discipline;
    this.quantum = quantum;
    this.#virtual = 0;
    for (const flow of this.#flows) if (flow !== undefined) flow.served = 0;
  }

  config(): DirectionConfig {
    const { discipline, dropHead } = this;
    return {
      bandwidth: this.bandwidth,
      BER: this.ber,
      queuelen: this.queuelen,
      delaylen: this.delaylen,
      duplicate: this.duplicate,
      fifo: discipline === "fifo" ? 1 : 0,
      drr: discipline === "drr" ? this.quantum : 0,
      wfq: discipline === "wfq" ? 1 : 0,
      droptail: dropHead ? 0 : 1,
      drophead: dropHead ? 1 : 0,
    };
  }
}
