import type { Session } from "./session.ts";

/**
 * Sessions of one connection that are established from their start. Its address is not forged, and its templates do not
 * come again: a session that gives way costs the whole connection.
 */
const ESTABLISHED_AT_ONCE = 16;

/** The sessions of connections and files, which end with them. */
export class ConnectionSessions {
  readonly #sessions = new Map<number, Set<Session>>();
  readonly #named = new Map<number, Set<Session>>();

  /** Adds a session that begins. Returns whether it is established at once. */
  add(session: Session): boolean {
    const { connection, sender } = session;
    const sessions = sender === undefined ? this.#sessions : this.#named;
    const own = sessions.get(connection);
    if (own === undefined) sessions.set(connection, new Set([session]));
    else own.add(session);
    return sender === undefined && (own?.size ?? 1) <= ESTABLISHED_AT_ONCE;
  }

  /**
   * Removes a session that was dropped. Returns whether its connection goes on and has to be closed: not for that of an
   * exporter that records name, which has no templates.
   */
  remove(session: Session): boolean {
    if (session.sender !== undefined) {
      this.#named.get(session.connection)?.delete(session);
      return false;
    }
    return this.#sessions.get(session.connection)?.delete(session) === true;
  }

  /** Forgets a connection that has ended. Returns its sessions. */
  end(connection: number): ReadonlySet<Session> {
    const own = new Set([...(this.#sessions.get(connection) ?? []), ...(this.#named.get(connection) ?? [])]);
    this.#sessions.delete(connection);
    this.#named.delete(connection);
    return own;
  }
}
