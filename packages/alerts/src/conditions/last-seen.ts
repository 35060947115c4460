import { type Bin, type BinSpec, type GroupValues, readBins, type TimeRange } from "../read-bins.ts";
import type { JudgeDeps } from "../judge.ts";

const HOUR_MS = 3_600_000;
/** Most groups that are remembered; those that were not seen for longest are forgotten first. */
const MOST_GROUPS = 200_000;
/** What is not recorded at the beginning of the time looked back at, as a share of it. */
const SLACK = 0.1;

/** A group and the hour, up, in which it was seen last. */
interface Seen {
  readonly values: GroupValues;
  readonly ms: number;
}

/**
 * When groups were seen last, to the hour: it reads the time before the first window once, and then goes on with every
 * window. Equal whether it is asked window by window, or for many of them.
 */
export class LastSeen {
  readonly #spec: BinSpec;
  readonly #backMs: number;
  readonly #deps: JudgeDeps;
  readonly #groups = new Map<string, Seen>();
  #recordedMs: number | undefined;
  #untilMs: number | undefined;
  /** Some groups were not looked at or are forgotten. */
  isPartial = false;

  constructor(spec: BinSpec, backMs: number, deps: JudgeDeps) {
    this.#spec = spec;
    this.#backMs = backMs;
    this.#deps = deps;
  }

  /** Reads what is before a window, unless that was read. */
  async begin(fromMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#untilMs === fromMs) return;
    this.#groups.clear();
    this.isPartial = false;
    const startMs = Math.max(0, Math.floor((fromMs - this.#backMs) / HOUR_MS) * HOUR_MS);
    const hourMs = Math.max(startMs, Math.floor(fromMs / HOUR_MS) * HOUR_MS);
    await this.#read({ ...this.#spec, windowMs: HOUR_MS }, { fromMs: startMs, toMs: hourMs }, signal);
    // Windows begin at whole multiples of their width, which an hour need not be.
    const restMs = Math.floor(hourMs / this.#spec.windowMs) * this.#spec.windowMs;
    if (restMs < fromMs) await this.#read(this.#spec, { fromMs: restMs, toMs: fromMs }, signal);
    const whole = { ...this.#spec, by: [], filter: "", metric: "packets" as const, windowMs: HOUR_MS };
    const { bins } = await readBins(this.#deps.ask, whole, { fromMs: startMs, toMs: hourMs }, fromMs + HOUR_MS, signal);
    this.#recordedMs = bins.find(({ groups }) => groups.size > 0)?.fromMs ?? fromMs;
    this.#untilMs = fromMs;
  }

  /** Whether the store goes back far enough for a window. */
  knows({ fromMs }: TimeRange): boolean {
    const needMs = fromMs - this.#backMs + Math.max(HOUR_MS, SLACK * this.#backMs);
    return this.#recordedMs !== undefined && this.#recordedMs <= needMs;
  }

  /** Whether a group was seen before a window. Of the windows before it, all were added. */
  wasSeen(key: string, { fromMs }: TimeRange): boolean {
    const seen = this.#groups.get(key);
    return seen !== undefined && seen.ms >= fromMs - this.#backMs;
  }

  /** The groups that were seen before a window. */
  *before({ fromMs }: TimeRange): Iterable<readonly [string, GroupValues]> {
    for (const [key, { values, ms }] of this.#groups) if (ms >= fromMs - this.#backMs) yield [key, values];
  }

  /** Notes the groups of a window, which goes on where the last one ended. */
  add({ groups, toMs, cut }: Bin): void {
    this.isPartial ||= cut;
    const ms = Math.ceil(toMs / HOUR_MS) * HOUR_MS;
    for (const [key, { values }] of groups) {
      this.#groups.delete(key);
      this.#groups.set(key, { values, ms });
    }
    for (const [key, seen] of this.#groups) {
      if (this.#groups.size <= MOST_GROUPS && seen.ms >= toMs - this.#backMs) break;
      this.isPartial ||= this.#groups.size > MOST_GROUPS;
      this.#groups.delete(key);
    }
    this.#untilMs = toMs;
  }

  async #read(spec: BinSpec, range: TimeRange, signal?: AbortSignal): Promise<void> {
    // What is before a window that is settled is settled, too.
    const { bins } = await readBins(this.#deps.ask, spec, range, range.toMs + HOUR_MS, signal);
    for (const bin of bins) this.add(bin);
  }
}
