import { END_ACTIVE, END_IDLE, END_RESOURCES } from "./end-reason.ts";
import { WHEEL_BUCKETS } from "./expiry-wheel.ts";
import { FarPackets, JUMP_US } from "./far-packets.ts";
import type { FlowExporter } from "../export/flow-exporter.ts";
import { type FlowTable, LAST, shifted } from "../cache/flow-table.ts";
import { LEAVING_MAX } from "../wasm/meter-layout.ts";
import type { LeavingRecords } from "./leaving-records.ts";
import type { MeterWasm } from "../wasm/meter-wasm.ts";
import type { Timeouts } from "./timeouts.ts";

/** Resolution of expiry. */
const TICK_US = 250_000;
/** While expiry is behind, every 16th packet looks at 64 wheel entries, as long as the batch has time for it. */
const EXPIRE_ENTRIES = 64;
const EXPIRE_PACKETS = 16;
/** What a batch of packets, or a tick, gives to expiry at most; the clock is looked at after so many entries. */
const BUDGET_MS = 0.2;
/** Candidates for eviction that are compared. */
const EVICT_CANDIDATES = 8;
/** Time of the engine, and the flows that end by it. */
export class Expiry {
  nowUs: number;
  /**
   * A packet of this time or later calls `advance`; minus infinity while expiry is behind, infinity when a batch has
   * done its part.
   */
  nextCheckUs = Number.NEGATIVE_INFINITY;
  /** A packet before this time calls `advance`, too. */
  leastUs = Number.NEGATIVE_INFINITY;
  expired = 0;
  evicted = 0;
  /** Packets, or rows of packets, that were far from the time; and times that it went back. */
  implausibleTimestamps = 0;
  clockSteps = 0;
  readonly #table4: FlowTable;
  readonly #table6: FlowTable;
  readonly #exporter: FlowExporter;
  readonly #timeouts: Timeouts;
  readonly #leaving: LeavingRecords;
  readonly #wasm: MeterWasm | null;
  /** Records of a sweep that stay, and when each times out. */
  readonly #keptIds = new Uint32Array(LEAVING_MAX);
  readonly #keptUs = new Float64Array(LEAVING_MAX);
  /** Time of tick 0. */
  #epochUs: number;
  /** Expiry is complete up to and including `doneTick`; `goalTick` is where time is. */
  #doneTick = 0;
  #goalTick = 0;
  /** The family whose bucket of tick `doneTick + 1` is being worked on. */
  #sweeping6 = false;
  /** Ticks from now at which a new flow is looked at. */
  #firstLook = 0;
  #packetsBehind = 0;
  readonly #monotonicMs: () => number;
  /** When the batch has given enough to expiry. */
  #deadlineMs = 0;
  readonly #far = new FarPackets();
  /** A clock moves time back where it is wrong; without one, as for the packets of a file, packets that agree do. */
  #hasClock = false;
  readonly #beforeStep: (toUs: number, leastUs: number) => void;

  /**
   * @param beforeStep called before time follows packets to a time far from it; none of them is before `leastUs`
   * @param wasm looks at the entries of the wheel; null: TypeScript does
   */
  constructor(
    table4: FlowTable,
    table6: FlowTable,
    exporter: FlowExporter,
    timeouts: Timeouts,
    leaving: LeavingRecords,
    bootUs: number,
    monotonicMs: () => number,
    beforeStep: (toUs: number, leastUs: number) => void,
    wasm: MeterWasm | null,
  ) {
    this.#wasm = wasm;
    this.#leaving = leaving;
    this.#monotonicMs = monotonicMs;
    this.#table4 = table4;
    this.#table6 = table6;
    this.#exporter = exporter;
    this.#timeouts = timeouts;
    this.#epochUs = bootUs;
    this.nowUs = bootUs;
    this.leastUs = bootUs - JUMP_US;
    this.#beforeStep = beforeStep;
    this.#setFirstLook();
  }

  /** Bucket of the wheel in which a flow that begins now is looked at. */
  get firstBucket(): number {
    return (this.#goalTick + this.#firstLook) & (WHEEL_BUCKETS - 1);
  }

  /** A batch of packets begins. */
  begin(): void {
    this.#deadlineMs = this.#monotonicMs() + BUDGET_MS;
    if (this.nextCheckUs === Number.POSITIVE_INFINITY) this.nextCheckUs = Number.NEGATIVE_INFINITY;
  }

  /**
   * The latest time of packets: that of the engine, but for two or more packets at the end of a trace that are far
   * ahead of it.
   */
  get lastUs(): number {
    return this.#far.packets > 1 && this.#far.mostUs > this.nowUs ? this.#far.mostUs : this.nowUs;
  }

  /**
   * Time moves on with packet `i`, unless it is so far from it that others must agree first. The array is passed on,
   * not its element: a number handed over would be an object.
   */
  advance(timesUs: Float64Array, i: number): void {
    const far = this.#far;
    if (Math.abs(timesUs[i]! - this.nowUs) > JUMP_US) {
      const agreed = far.add(timesUs, i, this.nowUs);
      if (far.packets === 1) this.implausibleTimestamps++;
      // The next packet comes here, too: it may break the row.
      this.nextCheckUs = Number.NEGATIVE_INFINITY;
      if (agreed) this.#follow();
      return;
    }
    const timeUs = timesUs[i]!;
    if (far.packets !== 0) {
      far.packets = 0;
      this.nextCheckUs = this.#nextTickUs();
      if (timeUs < this.nextCheckUs) return;
    }
    const before = this.#goalTick;
    this.#moveTo(timeUs);
    const moved = this.#goalTick !== before;
    if (moved || ++this.#packetsBehind >= EXPIRE_PACKETS) {
      this.#packetsBehind = 0;
      this.#expire(EXPIRE_ENTRIES);
      if (this.#doneTick < this.#goalTick && this.#monotonicMs() >= this.#deadlineMs) {
        this.nextCheckUs = Number.POSITIVE_INFINITY;
      }
    }
    if (moved) this.#exporter.flushOld(this.nowUs);
  }

  /** Time moves to that of the clock, and expiry goes on for a while. */
  tick(nowMs: number): void {
    this.#hasClock = true;
    this.#expireTo(nowMs * 1000);
  }

  /** Time moves to that of packets that are not metered here. */
  lead(nowMs: number, leastMs: number): void {
    const timeUs = nowMs * 1000;
    if (Math.abs(timeUs - this.nowUs) <= JUMP_US) {
      this.#expireTo(timeUs);
      return;
    }
    // The row of packets may go on to a later time, where flows have begun: they are not to be looked at from here.
    if (!this.#hasClock) this.#beforeStep(timeUs, leastMs * 1000);
    this.#setClock(timeUs);
  }

  #expireTo(timeUs: number): void {
    this.#setClock(timeUs);
    const end = this.#monotonicMs() + BUDGET_MS;
    do this.#expire(EXPIRE_ENTRIES);
    while (this.#doneTick < this.#goalTick && this.#monotonicMs() < end);
    this.#exporter.flushOld(this.nowUs);
  }

  /** Ends what has timed out by then, however much it is. */
  finish(nowMs: number): void {
    this.#setClock(nowMs * 1000);
    this.#expire(Number.POSITIVE_INFINITY);
  }

  /** The clock was set by so much, to `nowUs`; packets may have led time there already. All flows are looked at. */
  shiftTimes(byUs: number, nowUs: number): void {
    this.#epochUs += byUs;
    this.nowUs = shifted(this.nowUs, byUs, nowUs);
    this.#setLeast();
    this.#goalTick = this.#tickOf(this.nowUs);
    this.#lookAtAll();
  }

  /** Timeouts have changed: every flow is looked at again, at the pace of expiry. */
  timeoutsChanged(): void {
    this.#setFirstLook();
    this.#lookAtAll();
  }

  /**
   * The cache is full: ends the longest idle of a few flows whose look is nearest. IPv4 gives way first where both
   * families have flows in that tick.
   */
  evict(): void {
    for (let ahead = 1; ahead <= WHEEL_BUCKETS; ahead++) {
      const bucket = (this.#doneTick + ahead) & (WHEEL_BUCKETS - 1);
      const table = this.#table4.wheel.tailEntries(bucket) > 0 ? this.#table4 : this.#table6;
      const entries = Math.min(table.wheel.tailEntries(bucket), EVICT_CANDIDATES);
      if (entries === 0) continue;
      let oldest = 0;
      let oldestLast = Number.POSITIVE_INFINITY;
      for (let i = 0; i < entries; i++) {
        const id = table.wheel.last(bucket, i);
        const last = table.doubles[(table.at(id) + table.keyWords + LAST) >> 1]!;
        if (last < oldestLast) {
          oldest = id;
          oldestLast = last;
        }
      }
      this.evicted++;
      this.#exporter.add(table, table.at(oldest), END_RESOURCES, this.nowUs);
      table.remove(oldest);
      return;
    }
  }

  /** The clock is right: where a packet's time has led far beyond it, time goes back. */
  #setClock(timeUs: number): void {
    if (this.nowUs - timeUs > JUMP_US) {
      this.clockSteps++;
      this.#moveBackTo(timeUs);
    }
    this.#far.packets = 0;
    this.#moveTo(timeUs);
  }

  /** Packets agree on another time. */
  #follow(): void {
    const { nearestUs, leastUs } = this.#far;
    this.#far.packets = 0;
    if (!this.#hasClock) this.#beforeStep(nearestUs, leastUs);
    if (nearestUs > this.nowUs) this.#moveTo(nearestUs);
    else if (!this.#hasClock) {
      this.clockSteps++;
      this.#moveBackTo(nearestUs);
    }
  }

  #setLeast(): void {
    this.leastUs = this.#hasClock ? Number.NEGATIVE_INFINITY : this.nowUs - JUMP_US;
  }

  #moveBackTo(timeUs: number): void {
    this.nowUs = timeUs;
    this.#setLeast();
    this.#goalTick = this.#tickOf(timeUs);
    this.#lookAtAll();
  }

  /** When the next tick of the wheel is due; minus infinity while expiry is behind. */
  #nextTickUs(): number {
    if (this.#doneTick < this.#goalTick) return Number.NEGATIVE_INFINITY;
    return this.#epochUs + (this.#goalTick + 1) * TICK_US;
  }

  #lookAtAll(): void {
    this.#doneTick = this.#goalTick - WHEEL_BUCKETS + 1;
    this.#sweeping6 = false;
    this.nextCheckUs = Number.NEGATIVE_INFINITY;
  }

  #tickOf(timeUs: number): number {
    return Math.floor((timeUs - this.#epochUs) / TICK_US);
  }

  #moveTo(timeUs: number): void {
    if (timeUs > this.nowUs) {
      this.nowUs = timeUs;
      this.#setLeast();
    }
    const tick = this.#tickOf(this.nowUs);
    if (tick === this.#goalTick) return;
    this.#goalTick = tick;
    // An entry is less than one turn of the wheel ahead, so one turn finds every entry.
    if (this.#doneTick < tick - WHEEL_BUCKETS + 1) this.#doneTick = tick - WHEEL_BUCKETS + 1;
  }

  /** Looks at up to `budget` wheel entries that have become due. */
  #expire(budget: number): void {
    let left = budget;
    while (this.#doneTick < this.#goalTick) {
      const bucket = (this.#doneTick + 1) & (WHEEL_BUCKETS - 1);
      const table = this.#sweeping6 ? this.#table6 : this.#table4;
      left = this.#sweep(table, bucket, left);
      if (left <= 0) {
        this.nextCheckUs = Number.NEGATIVE_INFINITY;
        return;
      }
      if (this.#sweeping6) this.#doneTick++;
      this.#sweeping6 = !this.#sweeping6;
    }
    this.nextCheckUs = this.#nextTickUs();
  }

  /** Empties a bucket, or stops after `budget` entries. Returns what is left of the budget. */
  #sweep(table: FlowTable, bucket: number, budget: number): number {
    const { wheel } = table;
    const leaving = this.#leaving;
    const wasm = this.#wasm;
    let left = budget;
    for (;;) {
      // A chunk of the wheel: fewer than a list of leaving records holds.
      const entries = Math.min(wheel.tailEntries(bucket), left);
      if (entries === 0) return left;
      let kept = 0;
      if (wasm === null) kept = this.#look(table, bucket, entries);
      else leaving.count = wasm.sweep(table, bucket, entries, this.nowUs);
      const ended = leaving.count;
      this.expired += ended;
      if (ended !== 0) this.#exporter.addMany(table, leaving, this.nowUs);
      if (wasm === null) {
        for (let i = 0; i < ended; i++) table.remove(leaving.ids[i]!);
        for (let i = 0; i < kept; i++) table.reschedule(this.#keptIds[i]!, this.#bucketFor(this.#keptUs[i]!));
      } else wasm.settle(table, ended, this.#epochUs, TICK_US, this.#goalTick, this.#doneTick);
      left -= entries;
    }
  }

  /** Lists which of the last entries of a bucket have timed out, and which stay. Returns how many stay. */
  #look(table: FlowTable, bucket: number, entries: number): number {
    const { wheel, words, doubles, keyWords } = table;
    const leaving = this.#leaving;
    const { inactiveUs, activeUs } = this.#timeouts;
    const { nowUs } = this;
    let kept = 0;
    for (let i = 0; i < entries; i++) {
      const id = wheel.last(bucket, i);
      const data = table.at(id) + keyWords;
      const last = doubles[(data >> 1) + 3]!;
      const first = doubles[(data >> 1) + 2]!;
      const protocol = words[data - 1]! & 0xff;
      // A last packet far ahead of time is ignored: its flow does not wait until then.
      const idle = nowUs - last > inactiveUs[protocol]! || last - nowUs > JUMP_US;
      if (idle || nowUs - first > activeUs[protocol]!) leaving.push(id, idle ? END_IDLE : END_ACTIVE);
      else {
        this.#keptIds[kept] = id;
        this.#keptUs[kept++] = Math.min(last + inactiveUs[protocol]!, first + activeUs[protocol]!);
      }
    }
    return kept;
  }

  /** The bucket in which a flow is to be looked at again: after its next timeout, one tick ahead at least. */
  #bucketFor(deadlineUs: number): number {
    const due = this.#tickOf(deadlineUs) + 1;
    const tick = Math.min(Math.max(due, this.#goalTick + 1), this.#doneTick + WHEEL_BUCKETS);
    return tick & (WHEEL_BUCKETS - 1);
  }

  #setFirstLook(): void {
    const { leastInactiveUs, leastActiveUs } = this.#timeouts;
    const ticks = Math.ceil(Math.min(leastInactiveUs, leastActiveUs) / TICK_US) + 1;
    this.#firstLook = Math.min(ticks, WHEEL_BUCKETS - 1);
  }
}
