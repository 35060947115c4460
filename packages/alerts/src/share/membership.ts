import type { Log } from "@ngflow/base";
import type { AlertShare } from "./alert-share.ts";

/** How often a server says that it lives. */
const BEAT_MS = 3000;

export interface MembershipDeps {
  /** What is shared, in messages. */
  readonly what: "alerts" | "reports";
  readonly log: Log;
  /** Takes what others wrote. `leads` is whether this server is the one that judges. */
  readonly take: (texts: ReadonlyMap<string, string>, leads: boolean) => void;
}

/**
 * A server as one of several: it keeps what it writes until the shared place has it, takes what others wrote, and
 * leads only after it has taken what the last leader wrote.
 */
export class Membership {
  readonly #share: AlertShare;
  readonly #deps: MembershipDeps;
  #waiting = new Map<string, string>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #beating: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #leads = false;
  #fault: string | null = null;

  constructor(share: AlertShare, deps: MembershipDeps) {
    this.#share = share;
    this.#deps = deps;
  }

  /** Whether this server judges and sends. */
  get leads(): boolean {
    return this.#leads && this.#share.holds;
  }

  /** Why the shared place cannot be used; null if it can. Nobody leads then. */
  get fault(): string | null {
    return this.#fault;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.beat(), BEAT_MS);
    this.#timer.unref();
    void this.beat();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#beating;
    await this.flush().catch(() => undefined);
    this.#leads = false;
    await this.#share.stop();
  }

  /** Notes a text for the others; `flush` writes it. */
  put(name: string, text: string): void {
    this.#waiting.set(name, text);
  }

  /** Writes what was noted. @throws Error if the shared place does not take it; it is tried again with the next. */
  flush(): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const texts = this.#waiting;
    if (texts.size === 0) return;
    this.#waiting = new Map();
    try {
      await this.#share.put(texts);
    } catch (error) {
      this.#waiting = new Map([...texts, ...this.#waiting]);
      throw error;
    }
  }

  beat(): Promise<void> {
    return (this.#beating ??= this.#beat().finally(() => (this.#beating = undefined)));
  }

  async #beat(): Promise<void> {
    try {
      await this.#share.beat();
      const holds = this.#share.holds;
      // What was changed here goes first: it is newer than what was read before.
      await this.flush();
      const texts = await this.#share.changes();
      this.#deps.take(texts, this.leads);
      if (holds !== this.#leads)
        this.#deps.log.info({}, `${this.#deps.what}: ${holds ? "this" : "another"} server leads`);
      this.#leads = holds;
      this.#fault = null;
    } catch (error) {
      if (this.#fault === null)
        this.#deps.log.warn(
          { err: String(error) },
          `${this.#deps.what}: what servers share cannot be reached; no server sends`,
        );
      this.#fault = (error as Error).message;
    }
  }
}
