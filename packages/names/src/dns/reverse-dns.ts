import { Resolver } from "node:dns/promises";
import { formatIp, parseIp } from "@ngflow/base";
import type { SourceStatus } from "@ngflow/flows";
import { nameText } from "../text.ts";

/** Addresses whose answer is kept; the oldest is dropped first. */
const MAX_KEPT = 65_536;
/** Addresses that wait to be asked for; what comes beyond waits for the next answer. */
const MAX_WAITING = 4096;
/** Questions a second, and at a time. */
const RATE = 50;
const AT_A_TIME = 16;
const TICK_MS = 100;
const KEPT_MS = 3_600_000;
/** How long an address without a name is not asked for again. */
const NONE_MS = 600_000;
/** How long one that could not be asked for is not asked for again. */
const FAILED_MS = 60_000;
const ANSWER_MS = 2000;

interface Kept {
  readonly name: string;
  readonly untilMs: number;
}

/** Codes that say that an address has no name. */
const NO_NAME: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA"]);

/**
 * Names of addresses from DNS (PTR records), of those that answers had. It never delays an answer: a name that is not
 * known yet is there in one of the next answers.
 */
export class ReverseDns {
  readonly #resolver = new Resolver({ timeout: ANSWER_MS, tries: 2 });
  readonly #server: string;
  readonly #kept = new Map<string, Kept>();
  readonly #waiting = new Set<string>();
  readonly #nowMs: () => number;
  #names: ReadonlyMap<string, string> = new Map();
  #isChanged = false;
  #asking = 0;
  #timer: NodeJS.Timeout | undefined;
  #error: string | null = null;
  #answeredAtMs: number | null = null;
  #leftOut = 0;

  /** @param server address of a DNS server, with a port if it is not 53; `system` for those of the machine */
  constructor(server: string, nowMs: () => number) {
    this.#server = server;
    this.#nowMs = nowMs;
    if (server !== "system") this.#resolver.setServers([server]);
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
    this.#resolver.cancel();
  }

  /** Names by address; the same object as long as none was added. */
  names(): ReadonlyMap<string, string> {
    if (this.#isChanged) {
      this.#names = new Map([...this.#kept].flatMap(([address, { name }]) => (name === "" ? [] : [[address, name]])));
      this.#isChanged = false;
    }
    return this.#names;
  }

  /** Addresses that an answer had: those that are not known are asked for later. */
  want(addresses: Iterable<string>): void {
    for (const text of addresses) {
      const kept = this.#kept.get(text);
      if (kept !== undefined && kept.untilMs > this.#nowMs()) continue;
      if (this.#waiting.size >= MAX_WAITING) this.#leftOut++;
      else if (isAsked(text)) this.#waiting.add(text);
    }
  }

  /** Starts as many questions as are due. */
  #tick(): void {
    let due = Math.min((RATE * TICK_MS) / 1000, AT_A_TIME - this.#asking);
    for (const address of this.#waiting) {
      if (due-- <= 0) break;
      this.#waiting.delete(address);
      void this.#ask(address);
    }
  }

  async #ask(address: string): Promise<void> {
    this.#asking++;
    try {
      const [name = ""] = await this.#resolver.resolvePtr(pointerName(address));
      this.#answered(address, nameText(name.replace(/\.$/, "")));
    } catch (error) {
      const { code = "", message } = error as NodeJS.ErrnoException;
      if (NO_NAME.has(code)) this.#answered(address, "");
      else if (code !== "ECANCELLED") {
        // What was known holds until there is an answer.
        this.#keep(address, this.#kept.get(address)?.name ?? "", FAILED_MS);
        this.#error = message;
      }
    } finally {
      this.#asking--;
    }
  }

  #answered(address: string, name: string): void {
    this.#error = null;
    this.#answeredAtMs = this.#nowMs();
    this.#keep(address, name, name === "" ? NONE_MS : KEPT_MS);
  }

  #keep(address: string, name: string, forMs: number): void {
    const before = this.#kept.get(address)?.name ?? "";
    this.#kept.delete(address);
    if (this.#kept.size >= MAX_KEPT) {
      const [oldest] = this.#kept.keys();
      this.#kept.delete(oldest!);
      this.#isChanged = true;
    }
    this.#kept.set(address, { name, untilMs: this.#nowMs() + forMs });
    if (name !== before) this.#isChanged = true;
  }

  status(): SourceStatus {
    const left = this.#leftOut === 0 ? null : `${this.#leftOut} addresses were left out: too many waited`;
    const at = this.#answeredAtMs;
    return {
      kind: "reverse-dns",
      from: this.#server,
      state: this.#error !== null ? (at === null ? "absent" : "stale") : "current",
      entries: this.names().size,
      readAt: at === null ? null : new Date(at).toISOString(),
      madeAt: null,
      error: this.#error ?? left,
    };
  }
}

/** The name whose PTR record has the name of an address: RFC 1035 section 3.5, RFC 3596 section 2.5. */
function pointerName(address: string): string {
  const bytes = parseIp(address)!;
  if (!address.includes(":")) return `${[...bytes.subarray(12)].reverse().join(".")}.in-addr.arpa`;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${[...digits].reverse().join(".")}.ip6.arpa`;
}

/** Addresses that may have a name: not ::, 0.0.0.0, broadcast or multicast. */
function isAsked(text: string): boolean {
  const bytes = parseIp(text);
  if (bytes === undefined || formatIp(bytes) !== text) return false;
  const isV4 = !text.includes(":");
  const first = isV4 ? bytes[12]! : bytes[0]!;
  return isV4 ? first !== 0 && first < 224 : text !== "::" && first !== 0xff;
}
