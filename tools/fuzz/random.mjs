/** Seeded random numbers (xorshift32): the same seed gives the same run. */
export class Random {
  #state;

  constructor(seed) {
    // Neighbouring seeds must not begin alike, and the state is never 0.
    this.#state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ (seed >>> 16)) | 0 || 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** 32 random bits. */
  next() {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** An integer from 0 to `count` - 1. */
  below(count) {
    return this.next() % count;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** True once in `n` times. */
  once(n) {
    return this.below(n) === 0;
  }

  bytes(length) {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i++) out[i] = this.next();
    return out;
  }
}
