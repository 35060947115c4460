import type { SavedSession } from "./template-file.ts";

/**
 * What was known of established sessions that were dropped, until their exporters send again. The oldest is forgotten
 * when there are too many, or too many template fields.
 */
export class DroppedSessions {
  readonly #sessions = new Map<string, SavedSession>();
  readonly #maxSessions: number;
  readonly #maxFields: number;
  #fields = 0;

  constructor(maxSessions: number, maxFields: number) {
    this.#maxSessions = maxSessions;
    this.#maxFields = maxFields;
  }

  get size(): number {
    return this.#sessions.size;
  }

  values(): IterableIterator<SavedSession> {
    return this.#sessions.values();
  }

  keep(session: SavedSession): void {
    const key = keyOf(session.address, session.version, session.domain);
    this.#delete(key);
    this.#sessions.set(key, session);
    this.#fields += fieldsOf(session);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= this.#maxSessions && this.#fields <= this.#maxFields) break;
      this.#delete(oldest);
    }
  }

  /** Removes and returns what was kept of a session, undefined when nothing was. */
  take(address: string, version: number, domain: number): SavedSession | undefined {
    if (this.#sessions.size === 0) return undefined;
    const key = keyOf(address, version, domain);
    const session = this.#sessions.get(key);
    this.#delete(key);
    return session;
  }

  #delete(key: string): void {
    const session = this.#sessions.get(key);
    if (session === undefined) return;
    this.#fields -= fieldsOf(session);
    this.#sessions.delete(key);
  }
}

function fieldsOf({ templates }: SavedSession): number {
  return templates.reduce((sum, { template }) => sum + template.fields.length, 0);
}

function keyOf(address: string, version: number, domain: number): string {
  return `${address} ${version} ${domain}`;
}
