import { formatIp } from "@ngflow/base";

/** Most exporters that the records of one session name at a time. */
const MOST_NAMED = 1024;
/** One that was named so recently does not give way, milliseconds. */
const KEPT_MS = 30_000;

/** Third word of ::ffff:a.b.c.d. */
const MAPPED = 0xffff0000;

/** What the session of an exporter has for this. */
interface Named {
  readonly exporterWords: Uint32Array;
  readonly lastSeenMs: number;
  readonly records: number;
  readonly facts: { forgetTemplate(template: number): void };
}

/** The exporters that the records of a session name (a mediator's), each with a session of its own. */
export class NamedExporters<Session extends Named> {
  readonly #byAddress = new Map<number | string, Session>();
  /** Options templates that were about one of them. */
  readonly taught = new Set<number>();

  find(words: Uint32Array): Session | undefined {
    return this.#byAddress.get(keyOf(words));
  }

  add(session: Session): void {
    this.#byAddress.set(keyOf(session.exporterWords), session);
  }

  forget(session: Session): void {
    const key = keyOf(session.exporterWords);
    if (this.#byAddress.get(key) === session) this.#byAddress.delete(key);
  }

  /**
   * The only one, if options were about it and no data record named it: then it is the sender itself, which knows
   * another address of its own than the packets have (behind NAT, or sent from another interface).
   */
  get self(): Session | undefined {
    if (this.#byAddress.size !== 1) return undefined;
    const [only] = this.#byAddress.values();
    return only!.records === 0 ? only : undefined;
  }

  /** What has to give way to another: undefined while there is room, "none" if nothing may. */
  givesWay(nowMs: number): Session | "none" | undefined {
    if (this.#byAddress.size < MOST_NAMED) return undefined;
    let oldest: Session | undefined;
    for (const session of this.#byAddress.values()) {
      if (oldest === undefined || session.lastSeenMs < oldest.lastSeenMs) oldest = session;
    }
    return nowMs - oldest!.lastSeenMs >= KEPT_MS ? oldest : "none";
  }

  /** An options template cannot be read any more: what its records said is void. */
  forgetTemplate(template: number): void {
    if (!this.taught.delete(template)) return;
    for (const { facts } of this.#byAddress.values()) facts.forgetTemplate(template);
  }
}

/** IPv4 addresses are numbers. */
function keyOf(words: Uint32Array): number | string {
  if (words[2] === MAPPED && words[0] === 0 && words[1] === 0) return words[3]! | 0;
  return formatIp(new Uint8Array(words.buffer, words.byteOffset, 16), 0);
}
