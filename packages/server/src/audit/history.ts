import type { AuditReading } from "@ngflow/flows";

/** Readings of the last hour are kept this far apart, older ones a minute, milliseconds. */
const FINE_MS = 10_000;
const COARSE_MS = 60_000;
const FINE_FOR_MS = 3_600_000;
/** How long readings are kept: 1,740 of them, 1 MB. */
export const HISTORY_MS = 24 * 3_600_000;

/** The readings since the server started, the newest day of them. */
export class AuditHistory {
  #readings: AuditReading[] = [];

  /** Keeps a reading; a clock that was set back ends what was kept before. */
  add(reading: AuditReading): void {
    const newest = this.#readings.at(-1);
    if (newest !== undefined && reading.timeMs < newest.timeMs) this.#readings = [];
    this.#readings.push(reading);
    this.#thin(reading.timeMs);
  }

  /** The newest reading that is not after a time, else the oldest one; undefined if there is none. */
  at(timeMs: number): AuditReading | undefined {
    return this.#readings.findLast((reading) => reading.timeMs <= timeMs) ?? this.#readings[0];
  }

  get size(): number {
    return this.#readings.length;
  }

  #thin(nowMs: number): void {
    let keptMs = Number.NEGATIVE_INFINITY;
    this.#readings = this.#readings.filter(({ timeMs }, i) => {
      if (i < this.#readings.length - 1 && timeMs < nowMs - HISTORY_MS) return false;
      const apart = timeMs < nowMs - FINE_FOR_MS ? COARSE_MS : 0;
      if (timeMs - keptMs < apart) return false;
      keptMs = timeMs;
      return true;
    });
  }
}

export { FINE_MS as READING_MS };
