import type { Clock } from "@ngflow/base";

/** The machine's clocks. Code below the app never reads them directly. */
export const systemClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
