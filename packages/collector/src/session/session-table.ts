import type { Protocol } from "@ngflow/wire";
import { Session, type Share } from "./session.ts";

/** After this much silence, a new source port of the same exporter, protocol and domain counts as a restart. */
export const ADOPT_AFTER_MS = 30_000;

/**
 * Sessions by exporter address, source port, protocol, observation domain and agent address.
 *
 * Policy for source ports: a port is part of the key, because several exporters may share an address (NAT, containers).
 * When a new port appears, the latest session that differs only in its port is looked up. If it has
 * been silent for ADOPT_AFTER_MS, or comes from the state file, the new port takes over the session and its templates,
 * and the sequence numbers start again. Otherwise the new port gets an empty session.
 *
 * Eviction: the address that uses the most room loses the session that has been silent for longest. So an address that
 * floods the table, from any number of ports, evicts only its own sessions.
 */
export class SessionTable {
  readonly #sessions = new Map<string, Session>();
  readonly #shares = new Map<string, Share>();
  readonly #max: number;
  #last: Session | undefined;
  /** Sessions dropped to make room. */
  evicted = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#sessions.size;
  }

  values(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  /** The session of a datagram; a new one is made if needed. `onEvict` gets a session that is dropped to make room. */
  find(
    address: string,
    port: number,
    protocol: Protocol,
    domain: number,
    agent: string,
    nowMs: number,
    onEvict: (session: Session) => void,
  ): Session {
    const last = this.#last;
    if (
      last?.port === port &&
      last.domain === domain &&
      last.protocol === protocol &&
      last.address === address &&
      last.agent === agent
    ) {
      return last;
    }
    const key = keyOf(address, port, protocol, domain, agent);
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = this.#adopt(address, port, protocol, domain, agent, nowMs);
      if (session === undefined) {
        if (this.#sessions.size >= this.#max) this.evict(onEvict);
        session = new Session(address, port, protocol, domain, nowMs, agent);
        this.#addToShare(session);
      }
      this.#sessions.set(key, session);
    }
    this.#last = session;
    return session;
  }

  /**
   * Adds a session from the state file, with port 0 until the exporter sends. False when full or when one with its key
   * exists.
   */
  restore(session: Session): boolean {
    const key = sessionKey(session);
    if (this.#sessions.size >= this.#max || this.#sessions.has(key)) return false;
    this.#sessions.set(key, session);
    this.#addToShare(session);
    return true;
  }

  /** Drops one session to make room, never `keep`. False when the address that uses the most room has no other. */
  evict(onEvict: (session: Session) => void, keep?: Session): boolean {
    let most: Share | undefined;
    for (const share of this.#shares.values()) if (most === undefined || weight(share) > weight(most)) most = share;
    let oldest: Session | undefined;
    for (const session of most?.sessions ?? []) {
      if (session !== keep && (oldest === undefined || session.lastSeenMs < oldest.lastSeenMs)) oldest = session;
    }
    if (oldest === undefined) return false;
    onEvict(oldest);
    this.#sessions.delete(sessionKey(oldest));
    oldest.share.sessions.delete(oldest);
    if (oldest.share.sessions.size === 0) this.#shares.delete(oldest.address);
    if (this.#last === oldest) this.#last = undefined;
    this.evicted++;
    return true;
  }

  /** Adds a new session to the share of its address. */
  #addToShare(session: Session): void {
    const share = this.#shares.get(session.address);
    if (share === undefined) this.#shares.set(session.address, session.share);
    else {
      share.sessions.add(session);
      session.share = share;
    }
  }

  #adopt(
    address: string,
    port: number,
    protocol: Protocol,
    domain: number,
    agent: string,
    nowMs: number,
  ): Session | undefined {
    let newest: Session | undefined;
    for (const session of this.#shares.get(address)?.sessions ?? []) {
      if (session.protocol !== protocol || session.domain !== domain || session.agent !== agent) continue;
      if (newest === undefined || session.lastSeenMs > newest.lastSeenMs) newest = session;
    }
    if (newest === undefined || (newest.port !== 0 && nowMs - newest.lastSeenMs < ADOPT_AFTER_MS)) return undefined;
    this.#sessions.delete(sessionKey(newest));
    newest.port = port;
    newest.sequence.restart();
    return newest;
  }
}

/** A session weighs as much as this many template fields: about the ratio of the two bounds. */
const SESSION_FIELDS = 64;

function weight(share: Share): number {
  return share.fields + share.sessions.size * SESSION_FIELDS;
}

function sessionKey({ address, port, protocol, domain, agent }: Session): string {
  return keyOf(address, port, protocol, domain, agent);
}

function keyOf(address: string, port: number, protocol: Protocol, domain: number, agent: string): string {
  return `${address} ${port} ${protocol.number} ${domain} ${agent}`;
}
