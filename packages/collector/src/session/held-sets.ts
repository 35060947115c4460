import { RecencyList } from "./recency-list.ts";
import type { HeldSet, KnownTemplate, Session } from "./session.ts";

/** Memory of a waiting set in addition to its bytes, so that many small sets are bounded too. */
const SET_OVERHEAD_BYTES = 256;
/** Sessions that are looked at to make room for a set. */
const MAX_TRIES = 8;
/** Sets of a newcomer that has been silent this long give way to those of any other. */
const QUIET_MS = 5000;

/** Places of the queue that may be empty before it is moved up. */
const MAX_TAKEN = 1024;

/** Sets whose template has arrived and which are not decoded yet. */
export interface ReadySets {
  readonly session: Session;
  readonly known: KnownTemplate;
  readonly sets: readonly HeldSet[];
  /** The set to decode next, and where. */
  next: number;
  offset: number;
}

/**
 * Data sets that wait for their template, bounded in bytes and in time. One address has at most half of the bytes, and
 * so have all newcomers together. When a bound is reached, the newest set is refused, because the template of an older
 * set is due sooner. But sets of newcomers give way: those of one that has been silent, or that holds more than the one
 * that needs room.
 */
export class HeldSets {
  /** Sets and bytes waiting now. */
  setsHeld = 0;
  setBytesHeld = 0;
  /** Totals: sets that had to wait, were refused, waited too long. */
  setsHeldTotal = 0;
  setsHeldDropped = 0;
  setsHeldExpired = 0;

  readonly #maxBytes: number;
  readonly #maxMs: number;
  /** Newcomers with waiting sets. */
  readonly #newcomers = new RecencyList<Session>();
  #newcomerBytes = 0;
  readonly #ready: ReadySets[] = [];
  #firstReady = 0;

  constructor(maxBytes: number, maxMs: number) {
    this.#maxBytes = maxBytes;
    this.#maxMs = maxMs;
  }

  /** Whether there is room for a set of this size. The set is counted either way. */
  admit(session: Session, size: number, nowMs: number): boolean {
    this.setsHeldTotal++;
    const bytes = size + SET_OVERHEAD_BYTES;
    const half = this.#maxBytes / 2;
    let room = session.share.heldBytes + bytes <= half;
    while (room && this.#isFull(session, bytes)) room = this.#makeRoom(session, bytes, nowMs);
    if (!room) this.#dropped(session, 1);
    return room;
  }

  /** Stores a set that was admitted. */
  hold(session: Session, templateId: number, set: HeldSet): void {
    const sets = session.held.get(templateId);
    if (sets === undefined) session.held.set(templateId, [set]);
    else sets.push(set);
    this.#count(session, 1, set.bytes.length);
    if (!session.established) this.#newcomers.use(session.byHeld);
  }

  /** The sets of this template wait for `next` from now on. */
  release(session: Session, templateId: number, known: KnownTemplate): void {
    const sets = session.held.get(templateId);
    if (sets === undefined) return;
    session.held.delete(templateId);
    this.#ready.push({ session, known, sets, next: 0, offset: 0 });
  }

  /** Whether sets are to be decoded, or dropped with their session. */
  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** The sets to decode next, undefined when none are ready. Those of sessions that were dropped are dropped. */
  ready(): ReadySets | undefined {
    for (;;) {
      const first = this.#ready[this.#firstReady];
      if (first === undefined || this.#firstReady >= MAX_TAKEN) {
        this.#ready.splice(0, this.#firstReady);
        this.#firstReady = 0;
        if (first === undefined) return undefined;
      }
      if (first.next < first.sets.length && !first.session.dropped) return first;
      for (; first.next < first.sets.length; first.next++) {
        this.#dropped(first.session, 1);
        this.#count(first.session, -1, -first.sets[first.next]!.bytes.length);
      }
      this.#firstReady++;
    }
  }

  /** The first set of `ready` was decoded. */
  done(ready: ReadySets): void {
    this.#count(ready.session, -1, -ready.sets[ready.next]!.bytes.length);
    ready.next++;
    ready.offset = 0;
  }

  /** A session became established, or stopped being so. */
  changed(session: Session): void {
    this.#newcomerBytes += session.established ? -session.heldBytes : session.heldBytes;
    if (session.established) this.#newcomers.remove(session.byHeld);
    else if (session.held.size > 0) this.#newcomers.use(session.byHeld);
  }

  /** Drops sets that have waited too long. */
  expire(sessions: Iterable<Session>, nowMs: number): void {
    if (this.setsHeld === 0) return;
    for (const session of sessions) {
      for (const [id, sets] of session.held) {
        const young = sets.findIndex((set) => nowMs - set.receivedMs <= this.#maxMs);
        const expired = sets.splice(0, young < 0 ? sets.length : young);
        this.setsHeldExpired += expired.length;
        session.setsDropped += expired.length;
        this.#remove(session, expired);
        if (sets.length === 0) session.held.delete(id);
      }
    }
  }

  /** Drops all waiting sets of a session. */
  forget(session: Session): void {
    for (const sets of session.held.values()) {
      this.#dropped(session, sets.length);
      this.#remove(session, sets);
    }
    session.held.clear();
    this.#newcomers.remove(session.byHeld);
  }

  #dropped(session: Session, sets: number): void {
    this.setsHeldDropped += sets;
    session.setsDropped += sets;
  }

  #isFull(session: Session, bytes: number): boolean {
    if (!session.established && this.#newcomerBytes + bytes > this.#maxBytes / 2) return true;
    return this.setBytesHeld + this.setsHeld * SET_OVERHEAD_BYTES + bytes > this.#maxBytes;
  }

  /** Drops the sets of a newcomer. False when none of those that were silent for longest has to give way. */
  #makeRoom(session: Session, bytes: number, nowMs: number): boolean {
    let place = this.#newcomers.oldest;
    for (let i = 0; place !== undefined && i < MAX_TRIES; i++, place = place.newer) {
      const other = place.item;
      const gives = session.established || nowMs - other.lastSeenMs >= QUIET_MS;
      if (other === session || !(gives || other.heldBytes >= session.heldBytes + bytes)) continue;
      this.forget(other);
      return true;
    }
    return false;
  }

  #remove(session: Session, sets: readonly HeldSet[]): void {
    for (const set of sets) this.#count(session, -1, -set.bytes.length);
  }

  #count(session: Session, sets: 1 | -1, bytes: number): void {
    this.setsHeld += sets;
    this.setBytesHeld += bytes;
    const memory = bytes + sets * SET_OVERHEAD_BYTES;
    session.heldBytes += memory;
    session.share.heldBytes += memory;
    if (!session.established) this.#newcomerBytes += memory;
  }
}
