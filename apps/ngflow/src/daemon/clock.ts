import type { Clock } from "@ngflow/base";

/** The machine's clocks; read here and nowhere below. */
export const systemClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
