import type { HeldSet, Session } from "./session.ts";

/** Memory of a waiting set in addition to its bytes, so that many small sets are bounded too. */
const SET_OVERHEAD_BYTES = 256;

/**
 * Data sets that wait for their template, bounded in bytes over all sessions and in time. When the bound is reached,
 * the newest set is refused, because the template of an older set is due sooner.
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

  constructor(maxBytes: number, maxMs: number) {
    this.#maxBytes = maxBytes;
    this.#maxMs = maxMs;
  }

  /** Whether there is room for a set of this size. The set is counted either way. */
  admit(size: number): boolean {
    this.setsHeldTotal++;
    const held = this.setBytesHeld + this.setsHeld * SET_OVERHEAD_BYTES;
    if (held + size + SET_OVERHEAD_BYTES <= this.#maxBytes) return true;
    this.setsHeldDropped++;
    return false;
  }

  /** Stores a set that was admitted. */
  hold(session: Session, templateId: number, set: HeldSet): void {
    const sets = session.held.get(templateId);
    if (sets === undefined) session.held.set(templateId, [set]);
    else sets.push(set);
    this.setsHeld++;
    this.setBytesHeld += set.bytes.length;
  }

  /** Removes and returns the sets that wait for a template, oldest first. */
  take(session: Session, templateId: number): readonly HeldSet[] {
    const sets = session.held.get(templateId);
    if (sets === undefined) return [];
    session.held.delete(templateId);
    this.#remove(sets);
    return sets;
  }

  /** Drops sets that have waited too long. */
  expire(sessions: Iterable<Session>, nowMs: number): void {
    if (this.setsHeld === 0) return;
    for (const session of sessions) {
      for (const [id, sets] of session.held) {
        const young = sets.findIndex((set) => nowMs - set.receivedMs <= this.#maxMs);
        const expired = sets.splice(0, young < 0 ? sets.length : young);
        this.#remove(expired);
        this.setsHeldExpired += expired.length;
        if (sets.length === 0) session.held.delete(id);
      }
    }
  }

  /** Drops all waiting sets of a session that is dropped. */
  forget(session: Session): void {
    for (const id of [...session.held.keys()]) this.setsHeldDropped += this.take(session, id).length;
  }

  #remove(sets: readonly HeldSet[]): void {
    this.setsHeld -= sets.length;
    for (const set of sets) this.setBytesHeld -= set.bytes.length;
  }
}
