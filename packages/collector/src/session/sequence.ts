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

/** Where an exporter's numbering is: the last number, and what its datagram contained. */
interface Track {
  sequence: number;
  flows: number;
  options: number;
  exact: boolean;
  upTimeMs: number;
}

/** The numbering before a jump, and the counts at that time. */
interface Fork {
  readonly track: Readonly<Track>;
  readonly lostUnits: number;
  readonly lostRecords: number;
  readonly gaps: number;
  readonly reordered: number;
  readonly resets: number;
  /** Whether it was jumped so little that datagrams of it may only be late. */
  readonly near: boolean;
}

/**
 * Follows the sequence numbers of one transport session and observation domain, modulo 2^32.
 *
 * A number that does not fit the protocol's model, but fits another model that every number so far has fitted, is not a
 * loss: the session switches to that model. Lost datagrams are converted to lost records by the mean number of records
 * per datagram so far.
 *
 * A jump of the numbers is final when a datagram continues from the new number. When the old numbering continues
 * instead, the jump was an odd or forged number: what was counted since is taken back. A jump of more than datagrams
 * can be late is not counted as a loss before a second datagram comes after it.
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
  /** The numbering that datagrams are compared with. */
  readonly #track: Track = { sequence: 0, flows: 0, options: 0, exact: true, upTimeMs: 0 };
  /** Models that fit every number so far. */
  #possible: readonly SequenceModel[] = SEQUENCE_MODELS;
  /** The numbering before a jump that is not final. */
  #fork: Fork | undefined;
  /** Numbers skipped by the last jump that are not counted yet. */
  #pendingUnits = 0;
  /** The current run of late datagrams: its length, its first number, the one after it, and the loss it took back. */
  #lateRun = 0;
  #lateFirst = 0;
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
    this.#fork = undefined;
    this.#pendingUnits = 0;
    this.#possible = SEQUENCE_MODELS;
  }

  /** Whether the numbering jumped and it is not known yet whether that was a restart, a loss or an odd number. */
  get isUnsettled(): boolean {
    return this.#fork !== undefined && !this.#fork.near;
  }

  /**
   * What the header of the next datagram says of a restart, before it is decoded: `yes` when the uptime went back;
   * `maybe` when the exporter sends no uptime, and the numbers went back further than datagrams can be late, or begin
   * again.
   */
  restartSeen(sequence: number, upTimeMs: number): "no" | "maybe" | "yes" {
    const track = this.#track;
    if (this.#totalDatagrams === 0) return "no";
    if (upTimeMs !== 0 && track.upTimeMs !== 0) {
      const back = (track.upTimeMs - upTimeMs) >>> 0;
      return back > RESTART_UPTIME_MS && back < 0x80000000 ? "yes" : "no";
    }
    const back = (track.sequence - sequence) >>> 0;
    if (back === 0 || back >= 0x80000000) return "no";
    const late = this.model === "datagrams" ? REORDER_DATAGRAMS : REORDER_RECORDS;
    return back > late || sequence === 0 ? "maybe" : "no";
  }

  /**
   * Takes the number of a datagram that was decoded.
   * @param upTimeMs exporter uptime, 0 if the version has none
   */
  observe(sequence: number, count: MessageCount, upTimeMs: number): void {
    if (this.#started && !this.#accept(sequence, count, upTimeMs)) return;
    const track = this.#track;
    this.#started = true;
    this.#lateRun = 0;
    track.sequence = sequence;
    track.flows = count.flows;
    track.options = count.options;
    track.exact = count.exact;
    track.upTimeMs = upTimeMs;
    this.#totalRecords += count.flows;
    this.#totalDatagrams++;
  }

  /** Compares with the expected number. False when the datagram is late: then the expected number stays. */
  #accept(sequence: number, count: MessageCount, upTimeMs: number): boolean {
    const track = this.#track;
    const expected = expectedAfter(track, this.model, count);
    const countable = track.exact && count.exact;
    if (sequence === expected) {
      if (this.#fork !== undefined) this.#settle();
      if (countable && this.#possible.length > 1) this.#keepFitting(sequence, count);
      return true;
    }
    if (this.#fork !== undefined && !this.#fork.near && this.#continuesOld(this.#fork, sequence, count)) {
      this.#takeBack(this.#fork);
      return this.#accept(sequence, count, upTimeMs);
    }
    const countsRecords = this.model !== "datagrams";
    if (countsRecords && !(this.model.endsWith("-after") ? count.exact : track.exact)) return true;
    if (this.#possible.length > 1 && countable) {
      const other = this.#possible.find((model) => expectedAfter(track, model, count) === sequence);
      if (other !== undefined) {
        this.model = other;
        this.#keepFitting(sequence, count);
        return true;
      }
    }
    const upTimeBack = (track.upTimeMs - upTimeMs) >>> 0;
    if (upTimeMs !== 0 && upTimeBack > RESTART_UPTIME_MS && upTimeBack < 0x80000000) {
      this.#jump(false);
      this.resets++;
      return true;
    }
    const ahead = (sequence - expected) >>> 0;
    const late = countsRecords ? REORDER_RECORDS : REORDER_DATAGRAMS;
    if (ahead <= (countsRecords ? MAX_GAP_RECORDS : MAX_GAP_DATAGRAMS)) {
      this.#jump(ahead <= late);
      this.gaps++;
      if (ahead <= late) this.#countLost(ahead);
      else this.#pendingUnits = ahead;
      return true;
    }
    if (2 ** 32 - ahead <= late) return this.#late(sequence, count, countsRecords, upTimeMs);
    this.#jump(false);
    this.resets++;
    return true;
  }

  /** Handles a number before the expected one: a datagram out of order, or a restart once there is a run of them. */
  #late(sequence: number, count: MessageCount, countsRecords: boolean, upTimeMs: number): boolean {
    const units = countsRecords ? count.flows + count.options : 1;
    const follows = this.#lateRun > 0 && sequence === this.#lateNext;
    this.#lateRun = follows ? this.#lateRun + 1 : 1;
    if (!follows) {
      this.#lateFirst = sequence;
      this.#lateRestored = 0;
    }
    this.#lateNext = (sequence + units) >>> 0;
    if (this.#lateRun >= RESTART_RUN) {
      if (this.#fork !== undefined && this.#continuesOld(this.#fork, this.#lateFirst, count)) {
        // The first of the run is compared with the old numbering, the others follow it.
        this.#takeBack(this.#fork);
        return this.#accept(this.#lateFirst, count, upTimeMs);
      }
      this.reordered -= RESTART_RUN - 1;
      this.#countLost(this.#lateRestored);
      this.#jump(false);
      this.resets++;
      return true;
    }
    const restored = Math.min(this.lostUnits, units);
    this.#lateRestored += restored;
    this.reordered++;
    this.#countLost(-restored);
    return false;
  }

  /**
   * Notes the numbering before a jump. A small jump makes the one before it final: it is the same numbering with
   * another loss. Of several large jumps, the numbering before the first is kept.
   */
  #jump(near: boolean): void {
    this.#countPending();
    if (this.#fork !== undefined && !this.#fork.near && !near) return;
    const { lostUnits, lostRecords, gaps, reordered, resets } = this;
    this.#fork = { track: { ...this.#track }, lostUnits, lostRecords, gaps, reordered, resets, near };
  }

  /** The jump is final. */
  #settle(): void {
    this.#countPending();
    this.#fork = undefined;
  }

  #countPending(): void {
    const units = this.#pendingUnits;
    this.#pendingUnits = 0;
    if (units > 0) this.#countLost(units);
  }

  /** Whether a number is the next one before the jump, or a little after it. */
  #continuesOld({ track }: Fork, sequence: number, count: MessageCount): boolean {
    const ahead = (sequence - expectedAfter(track, this.model, count)) >>> 0;
    return ahead <= (this.model === "datagrams" ? REORDER_DATAGRAMS : REORDER_RECORDS);
  }

  /** The jump was no loss: counts and compares as before it. */
  #takeBack(fork: Fork): void {
    this.lostUnits = fork.lostUnits;
    this.lostRecords = fork.lostRecords;
    this.gaps = fork.gaps;
    this.reordered = fork.reordered;
    this.resets = fork.resets;
    this.#pendingUnits = 0;
    this.#fork = undefined;
    Object.assign(this.#track, fork.track);
  }

  #keepFitting(sequence: number, count: MessageCount): void {
    this.#possible = this.#possible.filter((model) => expectedAfter(this.#track, model, count) === sequence);
  }

  #countLost(units: number): void {
    this.lostUnits += units;
    const mean = this.model === "datagrams" ? this.#totalRecords / this.#totalDatagrams : 1;
    this.lostRecords = Math.max(0, this.lostRecords + units * mean);
  }
}

/** The number expected after a track, for a datagram that contains `count`. */
function expectedAfter(track: Readonly<Track>, model: SequenceModel, count: MessageCount): number {
  switch (model) {
    case "records":
      return (track.sequence + track.flows + track.options) >>> 0;
    case "datagrams":
      return (track.sequence + 1) >>> 0;
    case "flows":
      return (track.sequence + track.flows) >>> 0;
    case "records-after":
      return (track.sequence + count.flows + count.options) >>> 0;
    case "flows-after":
      return (track.sequence + count.flows) >>> 0;
  }
}
