/**
 * What the sequence numbers of an exporter count: all data records before this message (`records`), flow records
 * (`flows`) or `datagrams`. The row of the protocol says which of these is right. Some exporters deviate from it. Some
 * also count the message's own records (`-after`), as softflowd's IPFIX does.
 */
export const SEQUENCE_MODELS = ["records", "datagrams", "flows", "records-after", "flows-after"] as const;
export type SequenceModel = (typeof SEQUENCE_MODELS)[number];

/** Forward jumps beyond this many records are a restart, not a loss. */
const MAX_GAP_RECORDS = 1_000_000;
const MAX_GAP_DATAGRAMS = 65_536;
/** A number at most this far back is a datagram out of order; one further back is a restart. */
const REORDER_RECORDS = 4096;
const REORDER_DATAGRAMS = 64;
/** This many late datagrams in a row, each following the one before, mean that the exporter restarted. */
const RESTART_RUN = 3;
/** An uptime this far behind the last one means that the exporter restarted. */
const RESTART_UPTIME_MS = 10_000;

/** What a datagram contained; the next expected number follows from it. */
export interface MessageCount {
  /** Flow records. */
  readonly flows: number;
  /** Options records. */
  readonly options: number;
  /** False when it contained sets that could not be counted: then a gap after it cannot be detected. */
  readonly exact: boolean;
}

/**
 * Follows the sequence numbers of one transport session and observation domain, modulo 2^32.
 *
 * A number that does not fit the protocol's model, but fits another model that every number so far has fitted, is not a
 * loss: the session switches to that model. Lost datagrams are converted to lost records by the mean number of records
 * per datagram so far.
 */
export class SequenceTracker {
  model: SequenceModel;
  /** Numbers skipped, minus those that came late; in records, or in datagrams if the numbers count datagrams. */
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
  /** Models that fit every number so far. */
  #possible: readonly SequenceModel[] = SEQUENCE_MODELS;
  #sequence = 0;
  #flows = 0;
  #options = 0;
  #exact = true;
  #upTimeMs = 0;
  /** The current run of late datagrams: its length, the number that would continue it, and the loss it took back. */
  #lateRun = 0;
  #lateNext = 0;
  #lateRestored = 0;
  #totalRecords = 0;
  #totalDatagrams = 0;

  constructor(model: SequenceModel) {
    this.model = model;
  }

  /** Starts again, as after a change of the exporter's source port; totals stay. */
  restart(): void {
    this.#started = false;
    this.#possible = SEQUENCE_MODELS;
  }

  /**
   * Takes the number of a datagram that was decoded.
   * @param upTimeMs exporter uptime, 0 if the version has none
   */
  observe(sequence: number, count: MessageCount, upTimeMs: number): void {
    if (this.#started && !this.#accept(sequence, count, upTimeMs)) return;
    this.#started = true;
    this.#lateRun = 0;
    this.#sequence = sequence;
    this.#flows = count.flows;
    this.#options = count.options;
    this.#exact = count.exact;
    this.#upTimeMs = upTimeMs;
    this.#totalRecords += count.flows;
    this.#totalDatagrams++;
  }

  /** Compares with the expected number. False when the datagram is late: then the expected number stays. */
  #accept(sequence: number, count: MessageCount, upTimeMs: number): boolean {
    const expected = this.#expected(this.model, count);
    const countable = this.#exact && count.exact;
    if (sequence === expected) {
      if (countable && this.#possible.length > 1) this.#keepFitting(sequence, count);
      return true;
    }
    const countsRecords = this.model !== "datagrams";
    if (countsRecords && !(this.model.endsWith("-after") ? count.exact : this.#exact)) return true;
    if (this.#possible.length > 1 && countable) {
      const other = this.#possible.find((model) => this.#expected(model, count) === sequence);
      if (other !== undefined) {
        this.model = other;
        this.#keepFitting(sequence, count);
        return true;
      }
    }
    const upTimeBack = (this.#upTimeMs - upTimeMs) >>> 0;
    if (upTimeMs !== 0 && upTimeBack > RESTART_UPTIME_MS && upTimeBack < 0x80000000) {
      this.resets++;
      return true;
    }
    const ahead = (sequence - expected) >>> 0;
    if (ahead <= (countsRecords ? MAX_GAP_RECORDS : MAX_GAP_DATAGRAMS)) {
      this.gaps++;
      this.#countLost(ahead);
      return true;
    }
    if (2 ** 32 - ahead <= (countsRecords ? REORDER_RECORDS : REORDER_DATAGRAMS)) {
      return this.#late(sequence, countsRecords ? count.flows + count.options : 1);
    }
    this.resets++;
    return true;
  }

  /** Handles a number before the expected one: a datagram out of order, or a restart once there is a run of them. */
  #late(sequence: number, units: number): boolean {
    const follows = this.#lateRun > 0 && sequence === this.#lateNext;
    this.#lateRun = follows ? this.#lateRun + 1 : 1;
    if (!follows) this.#lateRestored = 0;
    this.#lateNext = (sequence + units) >>> 0;
    if (this.#lateRun >= RESTART_RUN) {
      this.reordered -= RESTART_RUN - 1;
      this.#countLost(this.#lateRestored);
      this.#lateRun = 0;
      this.resets++;
      return true;
    }
    const restored = Math.min(this.lostUnits, units);
    this.#lateRestored += restored;
    this.reordered++;
    this.#countLost(-restored);
    return false;
  }

  #expected(model: SequenceModel, count: MessageCount): number {
    switch (model) {
      case "records":
        return (this.#sequence + this.#flows + this.#options) >>> 0;
      case "datagrams":
        return (this.#sequence + 1) >>> 0;
      case "flows":
        return (this.#sequence + this.#flows) >>> 0;
      case "records-after":
        return (this.#sequence + count.flows + count.options) >>> 0;
      case "flows-after":
        return (this.#sequence + count.flows) >>> 0;
    }
  }

  #keepFitting(sequence: number, count: MessageCount): void {
    this.#possible = this.#possible.filter((model) => this.#expected(model, count) === sequence);
  }

  #countLost(units: number): void {
    this.lostUnits += units;
    const mean = this.model === "datagrams" ? this.#totalRecords / this.#totalDatagrams : 1;
    this.lostRecords = Math.max(0, this.lostRecords + units * mean);
  }
}
