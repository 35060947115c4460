import type { ClientRights } from "./client-rights.ts";

/** What decides which client gives way to another. */
export interface SlotClient {
  readonly rights: ClientRights;
  /** It waits for no answer, and nothing waits for it. */
  readonly isIdle: boolean;
  /** It has asked for something since its hello. */
  readonly hasAsked: boolean;
}

/** How many clients there may be. */
export interface SlotLimits {
  /** Clients that have greeted. */
  readonly clients: number;
  /** Connections that have not sent their hello yet. */
  readonly silent: number;
}

type Rank = (client: SlotClient) => boolean;

/** Who gives way first. */
const RANKS: readonly Rank[] = [({ isIdle, hasAsked }) => isIdle && !hasAsked, ({ isIdle }) => isIdle];

/** Slots that only the daemon's owner gets, however many clients there are. */
const OWNERS_SLOTS = 1;

/**
 * Which of the connections to a control socket are served. One that has said nothing yet has no slot, so that it keeps
 * nobody out. When there is no room, a client gives way to the new one: the one that was idle for longest, but those
 * that never asked for anything first. Members of the group do not displace the owner; the owner displaces a busy
 * member if nobody is idle.
 */
export class ClientSlots<Client extends SlotClient> {
  readonly #limits: SlotLimits;
  /** Oldest first. */
  readonly #silent = new Set<Client>();
  /** Least recently active first. */
  readonly #clients = new Set<Client>();
  #members = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  *all(): Iterable<Client> {
    yield* this.#silent;
    yield* this.#clients;
  }

  /** Takes a new connection. Returns the one that gives way to it, if any; the new one itself if none does. */
  enter(client: Client): Client | undefined {
    const isFull = this.#silent.size >= this.#limits.silent;
    const leaving = isFull ? this.#inFavourOf(client, this.#silent, [() => true]) : undefined;
    if (isFull && leaving === undefined) return client;
    if (leaving !== undefined) this.#silent.delete(leaving);
    this.#silent.add(client);
    return leaving;
  }

  /** Gives a slot to a connection that has greeted. Returns who gives way to it, as `enter`. */
  admit(client: Client): Client | undefined {
    this.#silent.delete(client);
    const room = this.#limits.clients - (client.rights === "member" ? OWNERS_SLOTS : 0);
    const isFull = this.#clients.size >= this.#limits.clients || (client.rights === "member" && this.#members >= room);
    const leaving = isFull ? this.#inFavourOf(client, this.#clients, RANKS) : undefined;
    if (isFull && leaving === undefined) return client;
    if (leaving !== undefined) this.delete(leaving);
    this.#clients.add(client);
    if (client.rights === "member") this.#members++;
    return leaving;
  }

  /** The client has sent or received something. */
  touch(client: Client): void {
    if (this.#clients.delete(client)) this.#clients.add(client);
  }

  delete(client: Client): void {
    this.#silent.delete(client);
    if (this.#clients.delete(client) && client.rights === "member") this.#members--;
  }

  #inFavourOf(client: Client, among: Iterable<Client>, ranks: readonly Rank[]): Client | undefined {
    const all = [...among];
    const members = all.filter(({ rights }) => rights === "member");
    const leaving = first(members, ranks);
    return leaving ?? (client.rights === "member" ? undefined : (members[0] ?? first(all, ranks)));
  }
}

/** The first client of the first rank that has one. */
function first<Client extends SlotClient>(clients: readonly Client[], ranks: readonly Rank[]): Client | undefined {
  for (const rank of ranks) {
    const found = clients.find(rank);
    if (found !== undefined) return found;
  }
  return undefined;
}
