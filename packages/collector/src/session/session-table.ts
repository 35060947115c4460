import type { Protocol } from "@ngflow/wire";
import { RecencyList } from "./recency-list.ts";
import { RunningFlowsRoom } from "./running-flows.ts";
import { NamedExporters } from "./named-exporters.ts";
import { type Origin, originKeyOf, Session, Share } from "./session.ts";
import { TokenBucket } from "./token-bucket.ts";

/** After this much silence, a new source port of the same exporter, protocol and domain counts as a restart. */
export const ADOPT_AFTER_MS = 30_000;
/** A session is established when it is this old, and this many records of it were decoded. */
export const ESTABLISHED_MS = 10_000;
export const ESTABLISHED_RECORDS = 10;

/** Of the sessions, one in this many may begin in a second, over all addresses. */
const NEW_PER_SECOND = 4;
/** Of the sessions of one address, one in this many may begin in a second. */
const NEW_PER_SECOND_AND_ADDRESS = 32;

/** Places for sessions that were found; a power of two, and many, as two sessions of one place are slow to find. */
const RECENT_PLACES = 16_384;

/** Called when sessions come, go and change. */
export interface SessionEvents {
  /** A session began that the table did not know. */
  readonly began: (session: Session) => void;
  /** A session is the first of its address. */
  readonly addressed: (session: Session) => void;
  /** A session was dropped to make room. */
  readonly dropped: (session: Session) => void;
  /** A session became established, or stopped being so. */
  readonly changed: (session: Session) => void;
  /** A session that was silent, or is known from the state file only, has another port now. */
  readonly moved: (session: Session, portBefore: number) => void;
}

/**
 * Sessions by exporter address, source port, protocol, observation domain and agent address.
 *
 * Policy for source ports: a port is part of the key, because several exporters may share an address (NAT, containers).
 * When a new port appears, the latest session that differs only in its port is looked up. If it has been silent for
 * ADOPT_AFTER_MS, or comes from the state file, the new port takes over the session and its templates, and the sequence
 * numbers start again. Otherwise the new port gets an empty session.
 *
 * Policy for room (docs/decisions/0018-shares.md): sessions are newcomers until they are established. Newcomers give
 * way first, the one that was silent for longest before the others; established sessions follow in the same order. One
 * address has at most half of the sessions, and its newcomers give way to each other. New sessions have a rate, per
 * address and in all; a datagram beyond it is dropped. Every step takes the same time, however many sessions there are.
 */
export class SessionTable {
  readonly #sessions = new Map<string, Session>();
  readonly #origins = new Map<string, Origin>();
  readonly #shares = new Map<string, Share>();
  readonly #newcomers = new RecencyList<Session>();
  readonly #established = new RecencyList<Session>();
  readonly #max: number;
  readonly #maxPerAddress: number;
  readonly #maxEstablished: number;
  readonly #begin: TokenBucket;
  readonly #events: SessionEvents;
  #last: Session | undefined;
  /** Sessions that were found before, by their place: most datagrams find theirs without a key. */
  readonly #recent: (Session | undefined)[] = Array.from({ length: RECENT_PLACES }, () => undefined);
  /** The room of the running flows of all addresses. */
  readonly runningFlows = new RunningFlowsRoom();
  /** Sessions dropped to make room. */
  evicted = 0;
  /** Datagrams dropped because too many sessions began. */
  refused = 0;
  /** Sessions of exporters that records name. */
  named = 0;

  constructor(max: number, events: SessionEvents) {
    this.#max = max;
    this.#maxPerAddress = Math.ceil(max / 2);
    this.#maxEstablished = Math.ceil((max * 3) / 4);
    this.#begin = new TokenBucket(max, max / NEW_PER_SECOND);
    this.#events = events;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Sessions that are established. */
  get established(): number {
    return this.#established.size;
  }

  values(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  /** The session of a datagram; a new one is made if needed. Undefined when too many begin: drop the datagram. */
  find(
    address: string,
    port: number,
    protocol: Protocol,
    domain: number,
    agent: string,
    nowMs: number,
    connection = 0,
  ): Session | undefined {
    const place = placeOf(address, port, domain, agent);
    const recent = this.#recent[place];
    if (
      recent?.port === port &&
      recent.connection === connection &&
      recent.domain === domain &&
      recent.protocol === protocol &&
      recent.address === address &&
      recent.agent === agent &&
      !recent.dropped
    ) {
      if (recent !== this.#last) this.#use(recent);
      this.#last = recent;
      return recent;
    }
    const origin = originKeyOf(address, protocol, domain, agent, connection);
    const session =
      this.#sessions.get(`${port} ${origin}`) ??
      this.#adopt(origin, port, nowMs) ??
      this.#begun(address, port, protocol, domain, agent, nowMs, connection);
    if (session === undefined) {
      this.refused++;
      return undefined;
    }
    this.#use(session);
    this.#last = session;
    this.#recent[place] = session;
    return session;
  }

  /**
   * The session of the exporter `agent` that a record of `sender` names; a new one is made if needed. Undefined when
   * the sender has named too many, or too many sessions begin.
   */
  nameExporter(sender: Session, agent: string, nowMs: number): Session | undefined {
    const { address, port, protocol, domain, connection } = sender;
    const named = (sender.named ??= new NamedExporters<Session>());
    const before = named.givesWay(nowMs);
    if (before === "none") return undefined;
    if (before !== undefined) this.#drop(before);
    const origin = originKeyOf(address, protocol, domain, agent, connection);
    const session =
      this.#sessions.get(`${port} ${origin}`) ??
      this.#adopt(origin, port, nowMs) ??
      this.#begun(address, port, protocol, domain, agent, nowMs, connection, sender);
    if (session === undefined) return undefined;
    session.sender = sender;
    named.add(session);
    return session;
  }

  /** A session that was not found by a datagram of its own was used. */
  used(session: Session): void {
    this.#use(session);
  }

  /** Makes a session established when it has proved itself. */
  confirm(session: Session, nowMs: number): void {
    if (session.established || session.records < ESTABLISHED_RECORDS) return;
    // A clock that was set back must not keep a session from it for as long.
    if (Math.abs(nowMs - session.firstSeenMs) >= ESTABLISHED_MS) this.establish(session);
  }

  /** Makes a session established. If too many are, the one that was silent for longest is a newcomer again. */
  establish(session: Session): void {
    if (this.#established.size >= this.#maxEstablished) {
      const { item } = this.#established.oldest!;
      item.established = false;
      this.#place(item);
      this.#events.changed(item);
    }
    session.established = session.proved = true;
    this.#place(session);
    this.#events.changed(session);
  }

  /**
   * Adds a session from the state file, with port 0 until the exporter sends. False when full or when one with its key
   * exists.
   */
  restore(session: Session): boolean {
    if (this.#sessions.size >= this.#max || this.#sessions.has(sessionKey(session))) return false;
    this.#add(session);
    return true;
  }

  /** Drops a session that has ended. */
  end(session: Session): void {
    this.#drop(session);
    this.evicted--;
  }

  /** Drops one session to make room, never `keep`. False when there is no other. */
  evict(keep?: Session): boolean {
    const victim = oldestBut(this.#newcomers, keep) ?? oldestBut(this.#established, keep);
    if (victim === undefined) return false;
    this.#drop(victim);
    return true;
  }

  #begun(
    address: string,
    port: number,
    protocol: Protocol,
    domain: number,
    agent: string,
    nowMs: number,
    connection: number,
    sender?: Session,
  ): Session | undefined {
    const share = this.#shares.get(address) ?? this.newShare();
    if (!this.#hasRoom(share, nowMs, sender)) return undefined;
    if (this.#sessions.size >= this.#max && !this.evict(sender)) return undefined;
    const session = new Session(address, port, protocol, domain, nowMs, agent, share, connection, sender);
    this.#add(session);
    this.#events.began(session);
    return session;
  }

  /**
   * Whether an address may begin a session. If it has too many, a newcomer of its own is dropped for it, not `keep`.
   */
  #hasRoom(share: Share, nowMs: number, keep: Session | undefined): boolean {
    if (!share.begin.take(nowMs) || !this.#begin.take(nowMs)) return false;
    if (share.sessions < this.#maxPerAddress) return true;
    const own = oldestBut(share.newcomers, keep);
    if (own === undefined) return false;
    this.#drop(own);
    return true;
  }

  /** The share of an address that has no session yet. */
  newShare(): Share {
    return new Share(
      new TokenBucket(this.#maxPerAddress, this.#maxPerAddress / NEW_PER_SECOND_AND_ADDRESS),
      this.runningFlows,
    );
  }

  #add(session: Session): void {
    const { address, originKey } = session;
    const share = this.#shares.get(address);
    if (share === undefined) {
      this.#shares.set(address, session.share);
      this.#events.addressed(session);
    } else session.share = share;
    session.share.sessions++;
    if (session.sender !== undefined) this.named++;
    this.#sessions.set(sessionKey(session), session);
    const origin = this.#origins.get(originKey) ?? { latest: session, sessions: 0 };
    origin.sessions++;
    session.origin = origin;
    this.#origins.set(originKey, origin);
    this.#use(session);
  }

  #drop(session: Session): void {
    this.#events.dropped(session);
    session.dropped = true;
    if (session.sender !== undefined) {
      this.named--;
      session.sender.named?.forget(session);
    }
    session.byClass.list?.remove(session.byClass);
    session.byAddress.list?.remove(session.byAddress);
    this.#sessions.delete(sessionKey(session));
    if (--session.origin!.sessions === 0) this.#origins.delete(session.originKey);
    if (--session.share.sessions === 0) {
      this.#shares.delete(session.address);
      session.share.totals.drop();
      session.share.spread.drop();
    }
    if (this.#last === session) this.#last = undefined;
    const place = placeOf(session.address, session.port, session.domain, session.agent);
    if (this.#recent[place] === session) this.#recent[place] = undefined;
    this.evicted++;
  }

  /** Notes that a session was used: it is the newest of its lists. */
  #use(session: Session): void {
    this.#place(session);
    session.origin!.latest = session;
  }

  #place(session: Session): void {
    const { established, byClass, byAddress, share } = session;
    (established ? this.#established : this.#newcomers).use(byClass);
    if (established) share.newcomers.remove(byAddress);
    else share.newcomers.use(byAddress);
  }

  #adopt(origin: string, port: number, nowMs: number): Session | undefined {
    const latest = this.#origins.get(origin)?.latest;
    if (latest === undefined || latest.dropped) return undefined;
    if (latest.port !== 0 && nowMs - latest.lastSeenMs < ADOPT_AFTER_MS) return undefined;
    this.#sessions.delete(sessionKey(latest));
    const { port: portBefore } = latest;
    latest.port = port;
    latest.sequence.restart();
    this.#sessions.set(sessionKey(latest), latest);
    this.#events.moved(latest, portBefore);
    return latest;
  }
}

/** The place of a session: the ends of its addresses differ most. */
function placeOf(address: string, port: number, domain: number, agent: string): number {
  const hash = hashEnd(agent, hashEnd(address, Math.imul(port, 0x9e3779b1) ^ Math.imul(domain, 0x85ebca6b)));
  return (hash ^ (hash >>> 15)) & (RECENT_PLACES - 1);
}

/** Characters of an address that count for its place: two numbers of four, or two groups of eight. */
const END_CHARACTERS = 8;

/** Mixes the end of a text into a hash. */
function hashEnd(text: string, seed: number): number {
  const { length } = text;
  let hash = seed;
  for (let i = Math.max(0, length - END_CHARACTERS); i < length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash;
}

function oldestBut(list: RecencyList<Session>, keep: Session | undefined): Session | undefined {
  const { oldest } = list;
  return oldest?.item === keep ? oldest?.newer?.item : oldest?.item;
}

function sessionKey({ port, originKey }: Session): string {
  return `${port} ${originKey}`;
}
