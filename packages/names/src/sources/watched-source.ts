import type { Clock, Log } from "@ngflow/base";
import { FileReader } from "./file-reader.ts";
import { isUrl, UrlReader } from "./url-reader.ts";
import type { Fetched, Reader } from "./reader.ts";
import type { SourceKind, SourceStatus } from "@ngflow/flows";

/** What a source is made of. */
export interface SourceConfig<T> {
  readonly kind: SourceKind;
  /** A path, or an address `http://` or `https://`. */
  readonly from: string;
  /** Directory for the last good copy of what an address answers. */
  readonly cacheDirectory: string;
  /** Reads the bytes. @throws Error if they are damaged; what was used before is then used further. */
  readonly parse: (bytes: Buffer) => T | Promise<T>;
  readonly entries: (value: T) => number;
  /** Called with what is used from now on. */
  readonly use: (value: T) => void;
  /** When it was made, Unix milliseconds, if what was read says so. */
  readonly madeAtMs?: (value: T) => number;
}

export interface SourceDeps {
  readonly log: Log;
  readonly clock: Pick<Clock, "nowMs">;
}

/** A file, or what an address answers: read again when it changes, and used further when it is damaged or gone. */
export class WatchedSource<T> {
  readonly #config: SourceConfig<T>;
  readonly #deps: SourceDeps;
  readonly #reader: Reader;
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> | undefined;
  #stopped = false;
  #entries: number | null = null;
  #readAtMs: number | null = null;
  #madeAtMs: number | null = null;
  #error: string | null = null;
  /** What was read last is damaged. */
  #isDamaged = false;

  constructor(config: SourceConfig<T>, deps: SourceDeps) {
    this.#config = config;
    this.#deps = deps;
    const { from, cacheDirectory } = config;
    this.#reader = isUrl(from) ? new UrlReader(from, cacheDirectory) : new FileReader(from);
  }

  /** Reads it for the first time, and again from then on. Resolves when it was tried. */
  async start(): Promise<void> {
    await this.check();
    if (this.#stopped) return;
    this.#timer = setInterval(() => void this.check(), this.#reader.intervalMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#busy;
  }

  /** Reads it if it has changed. One attempt runs at a time. */
  check(): Promise<void> {
    return (this.#busy ??= this.#attempt().finally(() => (this.#busy = undefined)));
  }

  async #attempt(): Promise<void> {
    const { kind, from } = this.#config;
    try {
      const copy = this.#entries === null ? await this.#reader.lastGood?.() : undefined;
      if (copy !== undefined) await this.#take(copy).catch(() => undefined);
      const fetched = await this.#reader.read();
      if (fetched !== undefined) {
        this.#isDamaged = true;
        await this.#take(fetched);
        this.#isDamaged = false;
        await this.#reader.keep?.(fetched);
      } else if (this.#reader.isSame && !this.#isDamaged) this.#error = null;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== this.#error)
        this.#deps.log.warn({ kind, from, reason }, "names cannot be read; what was read before is used further");
      this.#error = reason;
    }
  }

  async #take({ bytes, madeAtMs }: Fetched): Promise<void> {
    const { parse, entries, use, kind, from } = this.#config;
    const value = await parse(bytes);
    if (this.#stopped) return;
    use(value);
    this.#entries = entries(value);
    this.#readAtMs = this.#deps.clock.nowMs();
    this.#madeAtMs = this.#config.madeAtMs?.(value) ?? madeAtMs;
    this.#error = null;
    this.#deps.log.info({ kind, from, entries: this.#entries }, "names read");
  }

  status(): SourceStatus {
    const { kind, from } = this.#config;
    const time = (ms: number | null): string | null =>
      ms === null || !Number.isFinite(ms) ? null : new Date(ms).toISOString();
    return {
      kind,
      from,
      state: this.#readAtMs === null ? "absent" : this.#error === null ? "current" : "stale",
      entries: this.#entries,
      readAt: time(this.#readAtMs),
      madeAt: time(this.#madeAtMs),
      error: this.#error,
    };
  }
}
