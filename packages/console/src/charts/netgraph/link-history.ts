import type { Link, LinkRate } from "./links.ts";

/** Samples that are kept of a link: five minutes of seconds. */
const KEPT = 300;
/** Links whose samples are kept. */
const LINKS_MAX = 500;

/** Bits per second of a link, oldest first. */
export interface LinkSamples {
  readonly forward: readonly number[];
  readonly backward: readonly number[];
}

/** The rates of every link since the page was opened, a sample per snapshot. Links that are gone are forgotten. */
export class LinkHistory {
  #byKey = new Map<string, { forward: number[]; backward: number[] }>();
  #lastMs = Number.NEGATIVE_INFINITY;

  add(timeMs: number, links: readonly Link[], rateOf: (link: Link) => LinkRate | null): void {
    if (timeMs === this.#lastMs) return;
    this.#lastMs = timeMs;
    const next = new Map<string, { forward: number[]; backward: number[] }>();
    for (const link of links.slice(0, LINKS_MAX)) {
      const samples = this.#byKey.get(link.key) ?? { forward: [], backward: [] };
      const rate = rateOf(link);
      if (rate) {
        samples.forward.push(rate.forward.bits);
        samples.backward.push(rate.backward.bits);
        if (samples.forward.length > KEPT) {
          samples.forward.shift();
          samples.backward.shift();
        }
      }
      next.set(link.key, samples);
    }
    this.#byKey = next;
  }

  of(key: string): LinkSamples {
    const { forward = [], backward = [] } = this.#byKey.get(key) ?? {};
    return { forward: [...forward], backward: [...backward] };
  }
}
