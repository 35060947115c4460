import type { PartAge } from "@ngflow/server";
import type { Store } from "@ngflow/store";
import type { ServeDeps } from "./sources.ts";
import type { Watchdog, WatchedPart } from "./watchdog.ts";

/** Answers of `/healthz` and `/readyz` within this time are the same. */
export const HEALTH_MS = 500;
/** Interval of questions to the store's engine. */
const ASK_MS = 2000;
/** The engine may be busy with large queries and merges. */
const STORE_STALL_MS = 10_000;
/** Another process counts as standing still after this time. */
export const PROCESS_STALL_MS = 3000;

/** The store as a part: its engine gives a sign of life when it answers, be it with an error. */
export class StoreBeat implements WatchedPart {
  readonly name = "store";
  readonly stallMs = STORE_STALL_MS;
  #answers = 0;
  #asking = false;
  readonly #timer: NodeJS.Timeout;

  constructor(store: Pick<Store, "stats">) {
    this.#timer = setInterval(() => {
      if (this.#asking) return;
      this.#asking = true;
      const answered = (): void => {
        this.#asking = false;
        this.#answers++;
      };
      store.stats().then(answered, answered);
    }, ASK_MS).unref();
  }

  beat(): number {
    return this.#answers;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** How long ago each part gave a sign of life: this process, the collector with its threads, and the graph. */
export async function partAges(
  watchdog: Pick<Watchdog, "ages">,
  { graph, collector }: Pick<ServeDeps, "graph" | "collector">,
): Promise<PartAge[]> {
  const [graphAgeMs, collect] = await Promise.all([graph.ageMs(), collector()]);
  const other = (part: string, ageMs: number | null): PartAge => ({
    part,
    ageMs: ageMs === null ? null : Math.round(ageMs),
    ok: ageMs === null || ageMs <= PROCESS_STALL_MS,
  });
  const inCollector = collect?.parts.map((each) => ({ ...each, part: `collect.${each.part}` })) ?? [];
  return [...watchdog.ages(), other("graph", graphAgeMs), other("collect", collect?.ageMs ?? null), ...inCollector];
}

/** Asks at most once in `ms`; whoever asks in between gets the same answer. */
export function shared<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let askedMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (answer === undefined || nowMs - askedMs >= ms) {
      askedMs = nowMs;
      answer = ask();
    }
    return answer;
  };
}
