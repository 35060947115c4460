/** Time as an argument: neutral packages do not read the system clock. */
export interface Clock {
  /** Unix time in milliseconds, with fractions where the source has them. */
  nowMs(): number;
  /** A monotonic reading in milliseconds; only differences mean anything. */
  monotonicMs(): number;
}

/** Source of randomness as an argument. */
export interface Rng {
  /** Uniform integer in 0 to 2^32 - 1. */
  u32(): number;
}

/** A seeded generator (xorshift128, seeded by splitmix32): same seed, same numbers, on every machine. */
export function seededRng(seed: number): Rng {
  let s = seed >>> 0;
  const mix = (): number => {
    s = (s + 0x9e3779b9) | 0;
    let t = s ^ (s >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
  let x = mix();
  let y = mix();
  let z = mix();
  let w = mix() | 1;
  return {
    u32() {
      const t = x ^ (x << 11);
      x = y;
      y = z;
      z = w;
      w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
      return w >>> 0;
    },
  };
}
