import type { DirectionConfig } from "./car-types.ts";
import { countsPackets, DOUBLE_RATE, RED_DROP, SHAPE, SINGLE_RATE } from "./direction-config.ts";

/** What the buckets say of a packet. `WAIT`: it waits for tokens in the queue of shaping. */
export const GREEN = 0;
export const YELLOW = 1;
export const RED = 2;
export const WAIT = 3;

/** Tokens of a packet where packets are counted. */
const PACKET_TOKENS = 128;
/** The longest time that is made up for, and the units of time in a second. */
const MAX_MS = 1_000_000;
const UNITS_PER_SECOND = 2 ** 20;
/** Rate times time is in bits and 2^-20 seconds: 2^23 of them are a byte. */
const PER_TOKEN = 2 ** 23;
/** Ticks of the kernel's clock in a second. */
const HZ = 1000;
const LONGEST_DELAY_MS = 2 ** 31 - 1;
/** How often packets that wait without a rate are looked at: the settings may change. */
const NO_RATE_MS = 1000;

/** The low 64 bits as a signed number. Above 2^53 it is rounded: no burst of packets tells the difference. */
const signed = (value: bigint): number => Number(BigInt.asIntN(64, value));

/**
 * The two token buckets of a direction (reference: nodes.md §15). Tokens are bytes. All results are the integers of the
 * kernel's arithmetic; time comes in as an argument, monotonic milliseconds.
 */
export class TokenBuckets {
  /** Committed tokens. Below 0 while what was let through, or waits first in the queue, is not yet paid for. */
  committed = 0;
  /** Excess or peak tokens; for RED and shaping, how much of the burst is used up. */
  excess = 0;
  mode = SINGLE_RATE;
  #countsPackets = false;
  #cbs = 0;
  #ebs = 0;
  #unsignedEbs = 0;
  #cir = 0;
  #pir = 0;
  #refilledMs: number;

  constructor(config: DirectionConfig, nowMs: number) {
    this.#refilledMs = nowMs;
    this.configure(config);
  }

  /** Takes checked settings over and fills the buckets. */
  configure(config: DirectionConfig): void {
    this.mode = config.mode;
    this.#countsPackets = countsPackets(config);
    this.#cbs = signed(config.cbs);
    this.#ebs = signed(config.ebs);
    this.#unsignedEbs = Number(config.ebs);
    this.#cir = Number(config.cir);
    this.#pir = Number(config.pir);
    this.committed = this.#cbs;
    this.excess = this.mode === RED_DROP || this.mode === SHAPE ? 0 : this.#ebs;
  }

  /** Tokens that a packet takes. */
  tokensOf(wireLength: number): number {
    return this.#countsPackets ? PACKET_TOKENS : wireLength;
  }

  /** The colour of a packet, whose tokens are taken; `WAIT` takes none. */
  colour(wireLength: number, nowMs: number): number {
    const tokens = this.tokensOf(wireLength);
    if (this.committed < tokens) {
      this.refill(nowMs);
      if (this.committed < tokens) return this.#otherColour(tokens);
    }
    this.committed -= tokens;
    return GREEN;
  }

  #otherColour(tokens: number): number {
    if (this.mode === SHAPE) return WAIT;
    if (this.mode === RED_DROP) return this.#redColour(tokens);
    if (this.excess < tokens) return RED;
    this.excess -= tokens;
    return YELLOW;
  }

  /** The more of the burst is used up, the sooner a packet is red, and then it counts from the start again. */
  #redColour(tokens: number): number {
    const missing = tokens - this.committed;
    if (tokens + missing <= this.#unsignedEbs && this.excess + missing < this.#unsignedEbs) {
      this.excess += missing;
      this.committed -= tokens;
      return YELLOW;
    }
    this.excess = 0;
    return RED;
  }

  /** Adds the tokens of the time since the last refill. */
  refill(nowMs: number): void {
    const passedMs = nowMs - this.#refilledMs;
    this.#refilledMs = nowMs;
    if (passedMs < 0) return;
    const time = Math.floor((Math.min(passedMs, MAX_MS) * UNITS_PER_SECOND) / 1000);
    this.committed += tokensIn(this.#cir, time);
    const over = this.committed - this.#cbs;
    if (over > 0) this.committed = this.#cbs;
    if (this.mode === SINGLE_RATE) {
      if (over > 0) this.excess = Math.min(this.excess + over, this.#ebs);
    } else if (this.mode === DOUBLE_RATE) {
      this.excess = Math.min(this.excess + tokensIn(this.#pir, time), this.#ebs);
    }
  }

  /** Milliseconds until the committed tokens are no longer below 0: whole ticks, and one more. */
  delayMs(): number {
    // Settings changed while packets waited; the kernel divides by zero here.
    if (this.#cir === 0) return NO_RATE_MS;
    const ticks = Math.floor((-this.committed * HZ * 8) / this.#cir) + 1;
    return Math.max(1, Math.min(ticks, LONGEST_DELAY_MS));
  }
}

/** Rate times time in whole tokens. The product may have 60 bits: its two parts are exact in doubles. */
function tokensIn(rate: number, time: number): number {
  const low = time % PER_TOKEN;
  return (rate * (time - low)) / PER_TOKEN + Math.floor((rate * low) / PER_TOKEN);
}
