/** The largest counter. */
const MAX = "18446744073709551615";
/** Counters below it cannot exceed 64 bits by any sampling rate. */
const SMALL = "4294967296";

/**
 * A counter times the sampling rate, as UInt64. A product above 64 bits becomes the largest counter: such a rate or
 * counter is wrong, but a total must not become small by it.
 */
export function scaledCounter(counter: string): string {
  return scaledBy(counter, "greatest(SamplingRate, 1)");
}

/** The same with a rate that is not 0. */
export function scaledBy(counter: string, rate: string): string {
  return `if(${counter} >= ${SMALL} AND ${counter} > intDiv(${MAX}, ${rate}), ${MAX}, ${counter} * ${rate})`;
}
