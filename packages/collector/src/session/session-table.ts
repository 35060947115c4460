import type { Protocol } from "@ngflow/wire";
import { Session, type Share } from "./session.ts";

/** Silence after which a new source port of the same exporter, protocol and domain is the same exporter, restarted. */
export const ADOPT_AFTER_MS = 30_000;

/**
 * Sessions by exporter address, source port, protocol, observation domain and agent address.
 *
 * Policy for source ports: a port is part of the key, because several exporters may share an address (NAT, containers).
 * When a new port appears and the last session that differs in nothing else has been silent for
 * ADOPT_AFTER_MS, or was read from the state file, the new port takes it over with its templates, and the sequence
 * starts anew. Otherwise it starts empty.
 *
 * Policy for room: the address that takes most gives, its session that was silent for longest first. One that floods
 * the table, from however many ports, pays for it itself.
 */
export class SessionTable {
  readonly #sessions = new Map<string, Session>();
  readonly #shares = new Map<string, Share>();
  readonly #max: number;
  #last: Session | undefined;
  /** Sessions forgotten to make room. */
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

  /** The session of a datagram, made when it is new; `onEvict` sees the one that had to make room. */
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
        this.#join(session);
      }
      this.#sessions.set(key, session);
    }
    this.#last = session;
    return session;
  }

  /** Puts a session from the state file in, with port 0 until the exporter speaks; false when there is no room or one like it. */
  restore(session: Session): boolean {
    const key = sessionKey(session);
    if (this.#sessions.size >= this.#max || this.#sessions.has(key)) return false;
    this.#sessions.set(key, session);
    this.#join(session);
    return true;
  }

  /** Forgets one session to make room; never `keep`. False when the address that takes most has no other. */
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

  /** Lets a new session take part in the share of its address. */
  #join(session: Session): void {
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

/** Template fields that a session counts as: about what the bounds on both allow for each. */
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
