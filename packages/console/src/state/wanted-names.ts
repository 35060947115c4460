/** What a batch of names is asked for. */
export interface NamesAnswer {
  readonly hosts: Readonly<Record<string, string>>;
  readonly interfaces: Readonly<Record<string, string>>;
  readonly hasHosts: boolean;
}

/** Things with names: addresses of hosts, and interfaces as EXPORTER/INDEX. */
export const NAMED_KINDS = ["hosts", "interfaces"] as const;
export type NamedKind = (typeof NAMED_KINDS)[number];

/** Most things of a kind in a request, as the server takes. */
const MOST_ASKED = 500;
/** Most things of a kind that are remembered; the one that was asked for first goes first. */
const MOST_KEPT = 5000;
/** When a name is asked for again, and when one that was not there. */
const KEPT_MS = 600_000;
const ABSENT_MS = 30_000;

/**
 * Which names are missing: what is shown is noted, and asked for together. A name is asked for again after ten
 * minutes, one that was not there after half a minute.
 */
export class WantedNames {
  readonly #wanted: Readonly<Record<NamedKind, Set<string>>> = { hosts: new Set(), interfaces: new Set() };
  readonly #askAgainMs: Readonly<Record<NamedKind, Map<string, number>>> = { hosts: new Map(), interfaces: new Map() };

  /** Notes what is shown. True if it has to be asked for. */
  note(kind: NamedKind, key: string, nowMs: number): boolean {
    if (nowMs < (this.#askAgainMs[kind].get(key) ?? 0)) return false;
    this.#wanted[kind].add(key);
    return true;
  }

  /** What to ask for now; it is not asked for again until it is answered or half a minute has passed. */
  take(nowMs: number): Readonly<Record<NamedKind, readonly string[]>> {
    const take = (kind: NamedKind): readonly string[] => {
      const taken = [...this.#wanted[kind]].slice(0, MOST_ASKED);
      for (const key of taken) {
        this.#wanted[kind].delete(key);
        this.#later(kind, key, nowMs + ABSENT_MS);
      }
      return taken;
    };
    return { hosts: take("hosts"), interfaces: take("interfaces") };
  }

  get isEmpty(): boolean {
    return NAMED_KINDS.every((kind) => this.#wanted[kind].size === 0);
  }

  /** Without a source of them, no name of a host is asked for until a while later. */
  answered(asked: Readonly<Record<NamedKind, readonly string[]>>, answer: NamesAnswer, nowMs: number): void {
    for (const kind of NAMED_KINDS)
      for (const key of asked[kind])
        if (answer[kind][key] !== undefined || (kind === "hosts" && !answer.hasHosts))
          this.#later(kind, key, nowMs + KEPT_MS);
  }

  #later(kind: NamedKind, key: string, ms: number): void {
    const times = this.#askAgainMs[kind];
    times.delete(key);
    times.set(key, ms);
    if (times.size > MOST_KEPT) times.delete(times.keys().next().value!);
  }
}
