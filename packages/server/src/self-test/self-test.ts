/** Steps of a flow from a datagram to the answer of a query, in order. */
export const SELF_TEST_STEPS = ["collector", "sent", "received", "decoded", "stored"] as const;
export type SelfTestStep = (typeof SELF_TEST_STEPS)[number];

/** How far a step got. */
export interface SelfTestResult {
  readonly step: SelfTestStep;
  readonly state: "passed" | "failed" | "not reached";
  /** Milliseconds from the beginning until it had passed or failed; null where it was not reached. */
  readonly ms: number | null;
  /** What was seen, in English. */
  readonly text: string;
}

/** What became of a flow that was sent to the own collector. */
export interface SelfTestAnswer {
  readonly passed: boolean;
  readonly steps: readonly SelfTestResult[];
  /** A filter that finds the flow. */
  readonly filter: string;
}

/** Sends a flow through collector and store; `busy` while another one is under way. */
export type SelfTest = (signal: AbortSignal) => Promise<SelfTestAnswer | "busy">;
