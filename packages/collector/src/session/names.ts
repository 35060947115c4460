import { DomainNames, MOST_NAMES, NamesRoom } from "./domain-names.ts";
import type { SavedNames } from "./saved-names.ts";
import type { Session } from "./session.ts";

/**
 * The names that exporters sent, with when they held. They belong to sessions. Those of the state file, and of
 * established sessions that were dropped, wait for their exporter; the oldest of them give way.
 */
export class Names {
  readonly room = new NamesRoom();
  readonly #waiting = new Map<string, SavedNames>();
  #waitingNames = 0;

  /** A session begins: it has the names that are known of its exporter and domain. */
  join(session: Session): void {
    session.names = new DomainNames(session, this.room);
    if (session.domain === 0) session.facts.exporter.wholeNames = session.names;
    const saved = this.#take(keyOf(session));
    if (saved !== undefined) for (const entry of saved.names) session.names.add({ ...entry });
  }

  leave(session: Session): void {
    if (session.proved && session.names.size > 0) this.wait(savedNames(session));
    session.names.clear();
    const { exporter } = session.facts;
    if (exporter.wholeNames === session.names) exporter.wholeNames = undefined;
  }

  /** Keeps names until their exporter sends. */
  wait(saved: SavedNames): void {
    const key = savedKey(saved);
    this.#take(key);
    this.#waiting.set(key, saved);
    this.#waitingNames += saved.names.length;
    for (const oldest of this.#waiting.keys()) {
      if (this.#waitingNames <= MOST_NAMES) break;
      this.#take(oldest);
    }
  }

  /** What to save. Of sessions that differ only in their port, that with the most names. */
  saved(sessions: Iterable<Session>): SavedNames[] {
    const all = new Map(this.#waiting);
    for (const session of sessions) {
      const key = keyOf(session);
      if (session.names.size > (all.get(key)?.names.length ?? 0)) all.set(key, savedNames(session));
    }
    return [...all.values()];
  }

  #take(key: string): SavedNames | undefined {
    const saved = this.#waiting.get(key);
    if (saved === undefined) return undefined;
    this.#waiting.delete(key);
    this.#waitingNames -= saved.names.length;
    return saved;
  }
}

function savedNames({ address, protocol, domain, agent, names }: Session): SavedNames {
  return { address, version: protocol.number, domain, agent, names: [...names.entries()] };
}

/** Identifies the sessions that differ only in their port or connection. */
const keyOf = ({ address, protocol, domain, agent }: Session): string =>
  `${address} ${protocol.number} ${domain} ${agent}`;

const savedKey = ({ address, version, domain, agent }: SavedNames): string =>
  `${address} ${version} ${domain} ${agent}`;
