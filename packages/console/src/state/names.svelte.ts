import { SvelteMap } from "svelte/reactivity";
import { api } from "./api.ts";
import { type NamedKind, WantedNames } from "./wanted-names.ts";

/** How long what is shown is collected before it is asked for. */
const TOGETHER_MS = 60;
/** Most names that are kept; the oldest go first. */
const MOST = 10_000;

/** Names of what is on the page, asked for while it is shown; text appears when they are there. */
class Names {
  readonly #known = new SvelteMap<string, string>();
  readonly #speeds = new SvelteMap<string, number>();
  readonly #wanted = new WantedNames();
  #isAsking = false;

  /** The name of a host or an interface (EXPORTER/INDEX); undefined while or where there is none. */
  of(kind: NamedKind, key: string): string | undefined {
    if (this.#wanted.note(kind, key, Date.now()) && !this.#isAsking) this.#askSoon();
    return this.#known.get(`${kind} ${key}`);
  }

  /** Speed of an interface (EXPORTER/INDEX) by SNMP, in bits per second; undefined while or where it is not known. */
  speedOf(key: string): number | undefined {
    if (this.#wanted.note("interfaces", key, Date.now()) && !this.#isAsking) this.#askSoon();
    return this.#speeds.get(key);
  }

  #askSoon(): void {
    this.#isAsking = true;
    setTimeout(() => void this.#ask(), TOGETHER_MS);
  }

  async #ask(): Promise<void> {
    const asked = this.#wanted.take(Date.now());
    try {
      const answer = await api.get("/names/of", { hosts: [...asked.hosts], interfaces: [...asked.interfaces] });
      this.#wanted.answered(asked, answer, Date.now());
      for (const kind of ["hosts", "interfaces"] as const) {
        for (const key of asked[kind]) {
          const name = answer[kind][key];
          if (name === undefined) this.#known.delete(`${kind} ${key}`);
          else if (this.#known.get(`${kind} ${key}`) !== name) this.#known.set(`${kind} ${key}`, name);
        }
      }
      for (const key of asked.interfaces) {
        const speed = answer.speeds[key];
        if (speed === undefined) this.#speeds.delete(key);
        else this.#speeds.set(key, speed);
      }
      while (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!);
    } catch {
      // A name is an addition: without an answer the page shows what it has, and asks again later.
    }
    if (!this.#wanted.isEmpty) this.#askSoon();
    else this.#isAsking = false;
  }
}

export const names = new Names();
