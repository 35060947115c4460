import { E, type PacketBatch } from "@ngflow/base";
import { BatchCopies, type Hook, type NodeContext } from "@ngflow/graph";
import { emptyQueue, WaitingPackets } from "../pipe/waiting-packets.ts";
import type { DirectionConfig, DirectionStats } from "./car-types.ts";
import { FORWARD, internalConfig, MARK, NEW_DIRECTION, reportedConfig } from "./direction-config.ts";
import { GREEN, TokenBuckets, WAIT, YELLOW } from "./token-buckets.ts";

/** Packets that may wait, one more than can; and how many may before waiting uses up RED tokens. */
const QUEUE_SIZE = 100;
const QUEUE_MIN_TH = 8;

function noStats(): DirectionStats {
  return { passed: 0, dropped: 0, green: 0, yellow: 0, red: 0, errors: 0 };
}

/** Packets entering at one hook, on their way to the other (reference: nodes.md §15). */
export class CarDirection {
  /** Where the packets come from, and where they go; null while that is not connected. */
  hook: Hook | null = null;
  to: Hook | null = null;
  readonly drops = { dropAction: 0, queueFull: 0, unconnected: 0 };
  readonly #context: NodeContext;
  readonly #copies = new BatchCopies();
  readonly #buckets: TokenBuckets;
  readonly #queue = emptyQueue();
  readonly #waiting = new WaitingPackets();
  #wanted = NEW_DIRECTION;
  #config = NEW_DIRECTION;
  #stats = noStats();
  /** Statistics from before they were last cleared. */
  #earlier = noStats();
  #stopTimer: (() => void) | null = null;

  constructor(context: NodeContext) {
    this.#context = context;
    this.#buckets = new TokenBuckets(NEW_DIRECTION, context.clock.monotonicMs());
  }

  /** A newly connected hook begins with statistics of zero; settings and tokens stay. */
  begin(hook: Hook): void {
    this.hook = hook;
    this.clear();
  }

  /** What waits is lost with its hook. */
  end(): void {
    this.hook = null;
    while (this.#queue.packets > 0) {
      this.drops.unconnected++;
      this.#unqueue(this.#queue.first);
    }
    this.#rest();
  }

  /** Settings as a message gave them. */
  get wanted(): DirectionConfig {
    return this.#wanted;
  }

  /** Settings as a message reads them. */
  get reported(): DirectionConfig {
    return reportedConfig(this.#config);
  }

  /** Takes settings over that `checkConfig` has accepted. What waits keeps waiting. */
  configure(wanted: DirectionConfig): void {
    this.#wanted = wanted;
    this.#config = internalConfig(wanted);
    this.#buckets.configure(this.#config);
  }

  get stats(): DirectionStats {
    return { ...this.#stats };
  }

  clear(): void {
    for (const name of STATS) this.#earlier[name] += this.#stats[name];
    this.#stats = noStats();
  }

  /** Statistics since the node was made. */
  get totals(): DirectionStats {
    const totals = noStats();
    for (const name of STATS) totals[name] = this.#earlier[name] + this.#stats[name];
    return totals;
  }

  get waiting(): number {
    return this.#queue.packets;
  }

  receive(batch: PacketBatch, nowMs: number): number {
    const out = this.#copies.takeEmpty(batch);
    for (let i = 0; i < batch.count; i++) if (this.#passes(batch, i, nowMs)) out.pushFrom(batch, i);
    const errno = out.count === 0 ? 0 : this.#send(out);
    this.#copies.release(out);
    return errno;
  }

  /** Whether a packet leaves at once. */
  #passes(batch: PacketBatch, i: number, nowMs: number): boolean {
    // Behind packets that wait, a packet waits too, whatever the mode is by now.
    if (this.#queue.packets > 0) {
      this.#enqueue(batch, i);
      return false;
    }
    const colour = this.#buckets.colour(batch.wireLengths[i]!, nowMs);
    if (colour === WAIT) {
      this.#enqueue(batch, i);
      return false;
    }
    const stats = this.#stats;
    let action: number;
    if (colour === GREEN) {
      stats.green++;
      action = this.#config.greenAction;
    } else if (colour === YELLOW) {
      stats.yellow++;
      action = this.#config.yellowAction;
    } else {
      stats.red++;
      action = this.#config.redAction;
    }
    if (action === FORWARD) return true;
    if (action === MARK) {
      stats.errors++;
      return true;
    }
    stats.dropped++;
    this.drops.dropAction++;
    return false;
  }

  /** Sends packets on. They count as passed even if nothing is there to take them, as in the kernel. */
  #send(batch: PacketBatch): number {
    const stats = this.#stats;
    stats.passed += batch.count;
    if (this.to === null) {
      stats.errors += batch.count;
      this.drops.unconnected += batch.count;
      return E.ENETDOWN;
    }
    const errno = this.to.send(batch);
    if (errno !== 0) stats.errors++;
    return errno;
  }

  #enqueue(batch: PacketBatch, i: number): void {
    const queue = this.#queue;
    const buckets = this.#buckets;
    const waiting = queue.packets;
    const full = waiting >= QUEUE_SIZE - 1 || buckets.excess + waiting >= QUEUE_SIZE;
    if (full || this.#waiting.push(queue, batch, i) < 0) {
      this.#stats.red++;
      this.#stats.dropped++;
      this.drops.queueFull++;
      buckets.excess = 0;
      return;
    }
    this.#stats.yellow++;
    if (waiting > QUEUE_MIN_TH) buckets.excess += waiting - QUEUE_MIN_TH;
    if (waiting > 0) return;
    buckets.committed -= buckets.tokensOf(batch.wireLengths[i]!);
    this.#wait();
  }

  /** Looks again when the first packet is paid for, counted from now: a shorter time would bring fewer tokens. */
  #wait(): void {
    this.#rest();
    this.#stopTimer = this.#context.every(this.#buckets.delayMs(), () => this.#leave());
  }

  /** Sends what waits and is paid for. */
  #leave(): void {
    this.#rest();
    const queue = this.#queue;
    const buckets = this.#buckets;
    buckets.refill(this.#context.clock.monotonicMs());
    while (buckets.committed >= 0 && queue.packets > 0) {
      const slot = queue.first;
      this.#send(this.#waiting.batchOf(slot));
      // What waits may be gone: sending can take the hook away.
      if (queue.first !== slot) break;
      this.#unqueue(slot);
      if (queue.packets > 0) buckets.committed -= buckets.tokensOf(this.#waiting.wireLength(queue.first));
    }
    if (queue.packets > 0) this.#wait();
  }

  #unqueue(slot: number): void {
    this.#waiting.remove(this.#queue, slot);
    this.#waiting.release(slot);
  }

  #rest(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }
}

const STATS = ["passed", "dropped", "green", "yellow", "red", "errors"] as const;
