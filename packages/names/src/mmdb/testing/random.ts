import { seededRng } from "@ngflow/base";

/** Numbers from 0 to below 1 that are the same for a seed. */
export function random(seed: number): () => number {
  const rng = seededRng(seed);
  return () => rng.u32() / 2 ** 32;
}
