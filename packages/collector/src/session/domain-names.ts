import type { NameKind } from "@ngflow/flows";
import { DATA_TYPES, describedElement, type InformationElement } from "@ngflow/wire";

/** Most names of all exporters, those that do not hold any more included; one address has at most half. */
export const MOST_NAMES = 65_536;
/** Most names of a domain; the largest application tables have some thousands. */
const MOST_OF_DOMAIN = 16_384;
/** Most names that one number had and that are kept. */
const MOST_OF_ID = 8;
/** Records that are remembered, so that one that comes again costs no text. */
const REMEMBERED = 1024;

/** A name of a number, from when it was first received until another one came. */
export interface NameEntry {
  readonly kind: NameKind;
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Unix milliseconds. */
  readonly fromMs: number;
  /** Infinite while it holds. */
  toMs: number;
}

/** The room for names, which all exporters share. Those that are not established have half of it together. */
export class NamesRoom {
  names = 0;
  newcomerNames = 0;
  /** Names refused because a limit was reached. */
  refused = 0;
  /** How often an element was described, by any exporter. */
  elementChanges = 0;
  /** Set when a name was learnt; the code that saves them clears it. */
  changed = false;
}

/** What owns the names of a domain: a session. */
interface Owner {
  readonly established: boolean;
  readonly share: { names: number };
}

/** The names that an exporter sent in one domain. Names of one number follow each other without a gap. */
export class DomainNames {
  readonly #byId = new Map<string, NameEntry[]>();
  readonly #room: NamesRoom;
  readonly #owner: Owner;
  #seen: Uint32Array | undefined;
  size = 0;
  /** Grows when an element is described in another way than before. */
  elementChanges = 0;

  constructor(owner: Owner, room: NamesRoom) {
    this.#owner = owner;
    this.#room = room;
  }

  /** Whether a number had this record last. `keyHash` is of the number, `hash` of number and texts. */
  isSeen(keyHash: number, hash: number): boolean {
    return this.#seen?.[keyHash % REMEMBERED] === hash;
  }

  remember(keyHash: number, hash: number): void {
    this.#seen ??= new Uint32Array(REMEMBERED);
    this.#seen[keyHash % REMEMBERED] = hash;
  }

  /** A record names a number; absent texts stay as they are. False when there is no room. */
  learn(kind: NameKind, id: string, name: string | undefined, description: string | undefined, nowMs: number): boolean {
    const last = this.#byId.get(`${kind} ${id}`)?.at(-1);
    const next = { name: name ?? last?.name ?? "", description: description ?? last?.description ?? "" };
    if (last?.name === next.name && last.description === next.description) return true;
    const fromMs = Math.max(nowMs, last?.fromMs ?? nowMs);
    if (!this.add({ kind, id, ...next, fromMs, toMs: Infinity })) return false;
    if (last !== undefined) last.toMs = fromMs;
    this.#room.changed = true;
    return true;
  }

  /** Adds an entry after those of its number. False, counted, when there is no room. */
  add(entry: NameEntry): boolean {
    const { share, established } = this.#owner;
    const room = this.#room;
    const half = MOST_NAMES / 2;
    if (
      this.size >= MOST_OF_DOMAIN ||
      share.names >= half ||
      room.names >= MOST_NAMES ||
      (!established && room.newcomerNames >= half)
    ) {
      room.refused++;
      return false;
    }
    const key = `${entry.kind} ${entry.id}`;
    if (entry.kind === "element") {
      this.elementChanges++;
      room.elementChanges++;
    }
    const entries = this.#byId.get(key);
    if (entries === undefined) this.#byId.set(key, [entry]);
    else {
      entries.push(entry);
      if (entries.length > MOST_OF_ID) {
        entries.shift();
        this.#count(-1);
      }
    }
    this.#count(1);
    return true;
  }

  /** The element of an enterprise and id, as the exporter described it last; undefined if it did not. */
  element(pen: number, id: number): InformationElement | undefined {
    if (this.elementChanges === 0) return undefined;
    const entry = this.#byId.get(`element ${pen}.${id}`)?.at(-1);
    if (entry === undefined) return undefined;
    const type = DATA_TYPES.find((each) => each === entry.description.split(":", 1)[0]);
    // Again, as a file may have names of before an update of the registry.
    return describedElement(pen, id, entry.name, type);
  }

  *entries(): Generator<NameEntry> {
    for (const entries of this.#byId.values()) yield* entries;
  }

  /** The owner became established, or stopped being so. */
  changed(): void {
    this.#room.newcomerNames += this.#owner.established ? -this.size : this.size;
  }

  clear(): void {
    this.#count(-this.size);
    this.#byId.clear();
    this.#seen = undefined;
  }

  #count(by: number): void {
    this.size += by;
    this.#room.names += by;
    this.#owner.share.names += by;
    if (!this.#owner.established) this.#room.newcomerNames += by;
  }
}
