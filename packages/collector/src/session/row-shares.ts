import { RowCount } from "./row-count.ts";
import type { Session } from "./session.ts";

/** Shares are set again after this time, milliseconds. */
const PERIOD_MS = 100;
const PERIODS_PER_SECOND = 1000 / PERIOD_MS;
/** Rows a second of one source when the sink begins to be short of room, and when it is full. */
const MOST_ROWS = 2_000_000;
const LEAST_ROWS = 10_000;
/** More rows than a period can have; an integer, unlike Infinity. */
const UNLIMITED = 2 ** 30;
/** How full the sink is when the rows of a source are limited: while others send too, and while it is alone. */
const LIMITED_FROM = 0.5;
const ALONE_LIMITED_FROM = 0.9;
/** A session of fewer datagrams or less age, milliseconds, is one source together with the others like it. */
const OWN_DATAGRAMS = 10;
const OWN_AGE_MS = 1000;
/** After rows were refused, the heaviest source may send half as much, and then this much more each period. */
const GROWTH = 1.1;

/**
 * How many rows the sources may make (docs/decisions/0018-shares.md). An address is a source, and so are all sessions
 * together that have just begun. While the sink has room nobody is limited. As it fills, one limit for every source
 * falls, so that those who send most are limited and those who send less than the limit lose nothing.
 */
export class RowShares {
  readonly #begun = new RowCount();
  #period = 1;
  #endMs = -Infinity;
  /** Rows of a source in a period. */
  #limit = UNLIMITED;
  /** The limit that follows from rows that the sink refused. */
  #ceiling = Infinity;
  /** Of this period: sources, the most rows of one, and rows refused. */
  #sources = 0;
  #most = 0;
  #refused = 0;

  /** What the source of a session has made in this period. */
  countOf(session: Session): RowCount {
    const { established, datagrams, firstSeenMs, lastSeenMs, share } = session;
    const isOwn = established || (datagrams >= OWN_DATAGRAMS && lastSeenMs - firstSeenMs >= OWN_AGE_MS);
    const count = isOwn ? share.rows : this.#begun;
    if (count.period !== this.#period) {
      count.period = this.#period;
      count.rows = 0;
      this.#sources++;
    }
    return count;
  }

  /** Rows that a source may still make in this period. */
  left(count: RowCount): number {
    return this.#limit - count.rows;
  }

  /** Counts rows of a source. */
  made(count: RowCount, rows: number): void {
    count.rows += rows;
    if (count.rows > this.#most) this.#most = count.rows;
  }

  /** The sink refused rows. */
  refused(rows: number): void {
    this.#refused += rows;
  }

  /**
   * Sets the limit again when a period is over.
   * @param fill how full the sink is, 0 to 1
   */
  tick(nowMs: number, fill: () => number): void {
    // A clock that was set back begins a period too.
    if (nowMs < this.#endMs && nowMs >= this.#endMs - PERIOD_MS) return;
    const isAlone = this.#sources <= 1;
    if (this.#refused > 0 && !isAlone) this.#ceiling = Math.max(LEAST_ROWS / PERIODS_PER_SECOND, this.#most / 2);
    else this.#ceiling *= GROWTH;
    if (this.#ceiling * PERIODS_PER_SECOND > MOST_ROWS) this.#ceiling = Infinity;
    const byFill = limitAt(fill(), isAlone ? ALONE_LIMITED_FROM : LIMITED_FROM) / PERIODS_PER_SECOND;
    this.#limit = Math.min(UNLIMITED, Math.floor(Math.min(byFill, isAlone ? Infinity : this.#ceiling)));
    this.#period++;
    this.#endMs = nowMs + PERIOD_MS;
    this.#sources = this.#most = this.#refused = 0;
  }
}

/** Rows a second of one source: from MOST_ROWS at `from` it falls to LEAST_ROWS in equal ratios. */
function limitAt(fill: number, from: number): number {
  if (fill < from) return Infinity;
  return LEAST_ROWS * (MOST_ROWS / LEAST_ROWS) ** (Math.max(0, 1 - fill) / (1 - from));
}
