import type { Log } from "@ngflow/base";
import type { PartAge } from "@ngflow/server";

/** Interval of checks. */
export const CHECK_MS = 250;
/** Silence from which a part counts as standing still. */
const STALL_MS = 1000;
/** The thread that the watchdog itself runs in. */
const MAIN = "main";

/** A part of a daemon that gives signs of life: a thread, or the engine of the store. */
export interface WatchedPart {
  /** One word, for counters and `/healthz`. */
  readonly name: string;
  /** A number that differs from the last one if the part has run since; null while there is nothing to watch. */
  beat(): number | null;
  /** Milliseconds of silence from which it counts as standing still. Default 1,000. */
  readonly stallMs?: number;
}

export interface WatchdogDeps {
  readonly log: Log;
  /** Called by every check that finds all parts alive. */
  readonly alive?: () => void;
  /** Called with all counters when they have changed. */
  readonly changed?: (counters: Readonly<Record<string, number>>) => void;
  /** Milliseconds of a monotonic clock. */
  readonly monotonicMs?: () => number;
}

/** A part, and what was seen of it. */
class Watched {
  stalls = 0;
  longestMs = 0;
  stalled = false;
  readonly name: string;
  readonly stallMs: number;
  readonly #part: WatchedPart;
  #beat: number | null;
  #changedMs: number;

  constructor(part: WatchedPart, nowMs: number) {
    this.#part = part;
    this.name = part.name;
    this.stallMs = part.stallMs ?? STALL_MS;
    this.#beat = part.beat();
    this.#changedMs = nowMs;
  }

  /** Reads the beat. Returns how long the part had been silent before it, or until now. */
  look(nowMs: number): number {
    const silentMs = nowMs - this.#changedMs;
    const beat = this.#part.beat();
    if (beat === null || beat !== this.#beat) this.heard(nowMs);
    this.#beat = beat;
    return silentMs;
  }

  heard(nowMs: number): void {
    this.#changedMs = nowMs;
  }

  ageMs(nowMs: number): number {
    return nowMs - this.#changedMs;
  }
}

/**
 * Watches the parts of a daemon and the thread that it runs in. It logs when one stands still and when it goes on,
 * counts both, and confirms to the service manager that all are alive.
 */
export class Watchdog {
  readonly #parts: readonly Watched[];
  readonly #main: Watched;
  readonly #deps: WatchdogDeps;
  readonly #monotonicMs: () => number;
  #checkedMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: readonly WatchedPart[], deps: WatchdogDeps) {
    this.#deps = deps;
    this.#monotonicMs = deps.monotonicMs ?? (() => performance.now());
    const nowMs = this.#monotonicMs();
    this.#main = new Watched({ name: MAIN, beat: () => null }, nowMs);
    this.#parts = parts.map((part) => new Watched(part, nowMs));
    this.#checkedMs = nowMs;
  }

  start(): this {
    this.#checkedMs = this.#monotonicMs();
    this.#timer ??= setInterval(() => this.check(), CHECK_MS).unref();
    return this;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** What the timer calls. */
  check(): void {
    const nowMs = this.#monotonicMs();
    const gapMs = nowMs - this.#checkedMs;
    this.#checkedMs = nowMs;
    this.#main.heard(nowMs);
    let changed = false;
    if (gapMs > STALL_MS) {
      changed = true;
      this.#stalled(this.#main, gapMs);
      this.#resumed(this.#main, gapMs);
      // What the others did meanwhile is not known.
      for (const part of this.#parts) part.heard(nowMs);
    }
    for (const part of this.#parts) {
      const silentMs = part.look(nowMs);
      const silent = part.ageMs(nowMs) > part.stallMs;
      if (silent && !part.stalled) this.#stalled(part, silentMs);
      else if (!silent && part.stalled) this.#resumed(part, silentMs);
      else if (!silent) continue;
      part.longestMs = Math.max(part.longestMs, silentMs);
      changed = true;
    }
    if (changed) this.#deps.changed?.(this.counters());
    if (this.#parts.every(({ stalled }) => !stalled)) this.#deps.alive?.();
  }

  #stalled(part: Watched, ms: number): void {
    part.stalled = true;
    part.stalls++;
    if (part === this.#main) return;
    this.#deps.log.warn({ part: part.name, ms: Math.round(ms) }, `${part.name}: no sign of life for a while`);
  }

  #resumed(part: Watched, ms: number): void {
    part.stalled = false;
    part.longestMs = Math.max(part.longestMs, ms);
    this.#deps.log.warn({ part: part.name, ms: Math.round(ms) }, `${part.name}: runs again after standing still`);
  }

  ages(): PartAge[] {
    const nowMs = this.#monotonicMs();
    return [this.#main, ...this.#parts].map((part) => {
      const ageMs = part.ageMs(nowMs);
      return { part: part.name, ageMs: Math.round(ageMs), ok: ageMs <= part.stallMs };
    });
  }

  /** Of each part: how often it stood still, and for how many milliseconds at most. */
  counters(): Readonly<Record<string, number>> {
    const all = [this.#main, ...this.#parts].flatMap(({ name, stalls, longestMs }) => [
      [`${name}Stalls`, stalls],
      [`${name}LongestStallMs`, Math.round(longestMs)],
    ]);
    return Object.fromEntries(all) as Record<string, number>;
  }
}
