import type { LearnedName } from "@ngflow/flows";
import type { AgentAnswer } from "./poll-agent.ts";

/** Most names that one number had and that are kept. */
const MOST_OF_ID = 8;

type Kind = "domain" | "interface" | "interface-alias" | "interface-speed";
interface Fact {
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

/** The names that an agent has given to its system and its interfaces, and when each held. */
export class AgentNames {
  readonly exporter: string;
  readonly #byKey = new Map<string, LearnedName[]>();
  size = 0;

  /** @param rows of this exporter, as `rows()` gave them */
  constructor(exporter: string, rows: readonly LearnedName[] = []) {
    this.exporter = exporter;
    for (const row of rows) this.#add(row);
  }

  /**
   * Takes an answer. A text that is gone ends what was there.
   * @param room how many names may be added
   * @returns whether any name changed, and how many found no room
   */
  learn(answer: AgentAnswer, nowMs: number, room: number): { readonly changed: boolean; readonly refused: number } {
    let changed = false;
    let refused = 0;
    const seen = new Set<string>();
    const limit = this.size + room;
    for (const fact of factsOf(answer)) {
      const key = keyOf(fact);
      seen.add(key);
      const last = this.#byKey.get(key)?.at(-1);
      if (last === undefined && fact.name === "" && fact.description === "") continue;
      if (last?.name === fact.name && last.description === fact.description) continue;
      if (this.size >= limit) refused++;
      else changed = this.#replace(key, last, fact, nowMs);
    }
    // What an agent does not list any more, although it listed all, has no name from now on.
    if (answer.isCut || answer.interfaces.size === 0) return { changed, refused };
    for (const [key, entries] of this.#byKey) {
      const last = entries.at(-1)!;
      if (seen.has(key) || (last.name === "" && last.description === "")) continue;
      if (this.size >= limit) refused++;
      else changed = this.#replace(key, last, { ...(last as Fact), name: "", description: "" }, nowMs);
    }
    return { changed, refused };
  }

  /** Every name, in the order of the numbers' first appearance. */
  *rows(): Generator<LearnedName> {
    for (const entries of this.#byKey.values()) yield* entries;
  }

  #replace(key: string, last: LearnedName | undefined, fact: Fact, nowMs: number): true {
    const fromMs = last === undefined ? nowMs : Math.max(nowMs, Date.parse(last.from));
    const from = new Date(fromMs).toISOString();
    const entries = this.#byKey.get(key);
    if (last !== undefined) entries![entries!.length - 1] = { ...last, to: from };
    const { kind, id, name, description } = fact;
    this.#add({ kind, exporter: this.exporter, domain: 0, id, name, description, from, to: null });
    return true;
  }

  #add(row: LearnedName): void {
    const key = keyOf(row);
    const entries = this.#byKey.get(key);
    if (entries === undefined) this.#byKey.set(key, [row]);
    else entries.push(row);
    this.size++;
    if ((entries?.length ?? 0) > MOST_OF_ID) {
      entries!.shift();
      this.size--;
    }
  }
}

const keyOf = ({ kind, id }: Pick<LearnedName, "kind" | "id">): string => `${kind} ${id}`;

function* factsOf({ systemName, interfaces }: AgentAnswer): Generator<Fact> {
  yield { kind: "domain", id: "0", name: systemName, description: "" };
  for (const [index, { name, description, alias, speedBps }] of interfaces) {
    const id = String(index);
    yield { kind: "interface", id, name, description };
    yield { kind: "interface-alias", id, name: alias, description: "" };
    yield speedBps === 0
      ? { kind: "interface-speed", id, name: "", description: "" }
      : { kind: "interface-speed", id, name: String(speedBps / 1e6), description: String(speedBps) };
  }
}
