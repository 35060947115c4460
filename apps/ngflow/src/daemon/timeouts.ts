/** When flows are exported, in seconds: after silence, and at the latest while packets still come. */
export interface Timeouts {
  readonly inactive: number;
  readonly active: number;
}

/** Half an hour, as routers have at most. */
export const MAX_TIMEOUT_SECONDS = 1800;
/** Of `ngflow up`: a long download is a record a minute. */
export const UP_TIMEOUTS: Timeouts = { inactive: 15, active: 60 };
/** Of `ngflow demo`, which shows a flow at most five seconds after its packets. */
export const DEMO_TIMEOUTS: Timeouts = { inactive: 2, active: 2 };
