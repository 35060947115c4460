/** What one step of a sequence number counts. */
export type SequenceUnit = "records" | "datagrams";

/** Forward jumps beyond this many units are a restart, not a loss. */
const MAX_GAP: Readonly<Record<SequenceUnit, number>> = { records: 1_000_000, datagrams: 65_536 };
/** Steps back within this many units are datagrams out of order, beyond it a restart. */
const REORDER_WINDOW: Readonly<Record<SequenceUnit, number>> = { records: 4096, datagrams: 64 };
/** An uptime this far behind the last one is an exporter that started again. */
const RESTART_UPTIME_MS = 10_000;

/**
 * Follows the sequence numbers of one transport session and observation domain, modulo 2^32.
 *
 * v5, v7 and IPFIX count records, v9 counts datagrams. Exporters exist that count the other thing: as long as the unit of
 * the version has never been confirmed by a datagram that tells the two apart, a number that fits the other one exactly
 * makes that the unit of the session. Lost datagrams become lost records by the mean records per datagram so far.
 */
export class SequenceTracker {
  unit: SequenceUnit;
  /** Numbers skipped, less those that came late, in `unit`. */
  lostUnits = 0;
  /** Records believed lost. */
  lostRecords = 0;
  /** Times numbers were skipped. */
  gaps = 0;
  /** Datagrams that came after their successor. */
  reordered = 0;
  /** Restarts of the numbering. */
  resets = 0;

  #started = false;
  #confirmed = false;
  #sequence = 0;
  #records = 0;
  #exact = true;
  #upTimeMs = 0;
  #totalRecords = 0;
  #totalDatagrams = 0;

  constructor(unit: SequenceUnit) {
    this.unit = unit;
  }

  /** Starts anew, as after a change of the exporter's source port; totals stay. */
  restart(): void {
    this.#started = false;
    this.#confirmed = false;
  }

  /**
   * Takes the number of a datagram that was decoded.
   * @param records data records in it
   * @param exact false when it held sets that could not be counted, so that no gap can be told after it
   * @param upTimeMs exporter uptime, 0 where the version has none
   */
  observe(sequence: number, records: number, exact: boolean, upTimeMs: number): void {
    if (this.#started) {
      if (!this.#accept(sequence, records, upTimeMs)) return;
    }
    this.#started = true;
    this.#sequence = sequence;
    this.#records = records;
    this.#exact = exact;
    this.#upTimeMs = upTimeMs;
    this.#totalRecords += records;
    this.#totalDatagrams++;
  }

  /** Compares with what was expected; false when the datagram is late and must not move the expectation. */
  #accept(sequence: number, records: number, upTimeMs: number): boolean {
    const byRecords = (this.#sequence + this.#records) >>> 0;
    const byDatagrams = (this.#sequence + 1) >>> 0;
    const expected = this.unit === "records" ? byRecords : byDatagrams;
    if (sequence === expected) {
      if (byRecords !== byDatagrams && this.#exact) this.#confirmed = true;
      return true;
    }
    if (!this.#exact && this.unit === "records") return true;
    if (!this.#confirmed && sequence === (this.unit === "records" ? byDatagrams : byRecords)) {
      this.unit = this.unit === "records" ? "datagrams" : "records";
      this.#confirmed = true;
      return true;
    }
    const upTimeBack = (this.#upTimeMs - upTimeMs) >>> 0;
    if (upTimeMs !== 0 && upTimeBack > RESTART_UPTIME_MS && upTimeBack < 0x80000000) {
      this.resets++;
      return true;
    }
    const ahead = (sequence - expected) >>> 0;
    if (ahead <= MAX_GAP[this.unit]) {
      this.gaps++;
      this.#lose(ahead);
      return true;
    }
    if (2 ** 32 - ahead <= REORDER_WINDOW[this.unit]) {
      this.reordered++;
      this.#lose(-Math.min(this.lostUnits, this.unit === "records" ? records : 1));
      return false;
    }
    this.resets++;
    return true;
  }

  #lose(units: number): void {
    this.lostUnits += units;
    const mean = this.unit === "records" ? 1 : this.#totalRecords / this.#totalDatagrams;
    this.lostRecords = Math.max(0, this.lostRecords + units * mean);
  }
}
