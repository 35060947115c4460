import { u16be } from "@ngflow/base";
import {
  decodeMessage,
  type MalformedCode,
  type MessageHeader,
  type MessageSink,
  newMessageHeader,
  PROTOCOLS,
  type Template,
} from "@ngflow/wire";
import { AnonymisePlan } from "./anonymise-plan.ts";
import { AnonymiseTemplates, type SessionTemplates } from "./anonymise-templates.ts";
import { CryptoPan } from "./crypto-pan.ts";

const LONGEST = 65_536;
/** Offset of the length in the header of IPFIX, and of the number of records in that of v9. */
/** NetFlow v9 is the first version with sets; those before have records of a fixed format only. */
const FIRST_WITH_SETS = 9;
const LENGTH_AT = 2;
/** Sets begin with their id and length. */
const SET_HEADER = 4;
/**
 * Addresses that are encrypted in a second at most, because that takes some ten microseconds each and senders choose
 * them. Those in the cache are not counted.
 */
const MISSES_PER_SECOND = 30_000;
const SECOND_MS = 1000;
const SFLOW = "sflow";

/** What was not sent on, because it could not be anonymised. */
export interface WithheldCounters {
  /** Whole datagrams: malformed, sFlow, with nothing but such sets, or too many new addresses in a second. */
  readonly datagrams: number;
  /** Sets of data: without a template, or with lists. */
  readonly sets: number;
}

/**
 * Makes anonymised copies of datagrams: NetFlow v1, v5, v7, v9 and IPFIX. Addresses keep their common prefixes
 * (`CryptoPan`), numbers and times stay, all other values become zero. What cannot be understood is not copied: sets
 * whose template has not come, and datagrams that are malformed or sFlow, whose samples are parts of packets.
 */
export class Anonymiser implements MessageSink {
  /** The copy. */
  readonly bytes = new Uint8Array(LONGEST);

  readonly #pan: CryptoPan;
  readonly #view = new DataView(this.bytes.buffer);
  readonly #templates = new AnonymiseTemplates();
  readonly #fixed = new WeakMap<Template, AnonymisePlan>();
  readonly #header = newMessageHeader(PROTOCOLS[0]!);
  readonly #now: () => number;
  #second = 0;
  #missesBefore = 0;
  #datagrams = 0;
  #sets = 0;

  // The current datagram.
  #sender = "";
  #end = 0;
  #session: SessionTemplates | undefined;
  #version = 0;
  #isWithheld = false;
  /** Records and templates that stay, and the sets that do not: start and end of each. */
  #kept = 0;
  readonly #removed: number[] = [];

  /**
   * @param key of CryptoPan
   * @param now milliseconds of any clock
   */
  constructor(key: Uint8Array, now: () => number) {
    this.#pan = new CryptoPan(key);
    this.#now = now;
  }

  /**
   * Copies the datagram `bytes[start, end)` of a sender into `bytes` of this object, anonymised.
   * @returns the length of the copy; 0 if the datagram is withheld
   */
  copy(bytes: Uint8Array, start: number, end: number, address: string, port: number): number {
    const length = end - start;
    if (length > LONGEST || this.#isTooMuch()) return this.#withhold();
    this.bytes.set(bytes.subarray(start, end));
    this.#sender = `${address} ${port}`;
    this.#end = length;
    this.#session = undefined;
    this.#isWithheld = false;
    this.#kept = 0;
    this.#removed.length = 0;
    decodeMessage(this.bytes, 0, length, this.#header, this);
    if (this.#isWithheld) return this.#withhold();
    if (this.#removed.length === 0) return this.#end;
    return this.#kept === 0 ? this.#withhold() : this.#compact(length);
  }

  withheld(): WithheldCounters {
    return { datagrams: this.#datagrams, sets: this.#sets };
  }

  #withhold(): number {
    this.#datagrams++;
    return 0;
  }

  #isTooMuch(): boolean {
    const second = Math.floor(this.#now() / SECOND_MS);
    if (second !== this.#second) {
      this.#second = second;
      this.#missesBefore = this.#pan.misses;
    }
    return this.#pan.misses - this.#missesBefore > MISSES_PER_SECOND;
  }

  /** Closes the gaps of the sets that do not stay, and corrects the header. Returns the length. */
  #compact(length: number): number {
    const { bytes } = this;
    let to = this.#removed[0]!;
    for (let i = 0; i < this.#removed.length; i += 2) {
      const from = this.#removed[i + 1]!;
      const next = this.#removed[i + 2] ?? length;
      bytes.copyWithin(to, from, next);
      to += next - from;
    }
    this.#view.setUint16(LENGTH_AT, this.#version === 10 ? to : this.#kept);
    return to;
  }

  // MessageSink

  header({ protocol, domain }: MessageHeader): boolean {
    this.#version = protocol.version;
    if (protocol.name === SFLOW) this.#isWithheld = true;
    else this.#session = this.#templates.of(`${this.#sender} ${protocol.number} ${domain}`);
    return !this.#isWithheld;
  }

  template(template: Template): void {
    this.#templates.learn(this.#session!, template);
    this.#kept++;
  }

  withdrawal(): void {
    this.#kept++;
  }

  data(templateId: number, start: number, end: number): void {
    const plan = this.#templates.plan(this.#session!, templateId);
    if (plan === undefined || plan.isWithheld) {
      this.#sets++;
      this.#removed.push(start - SET_HEADER, end);
    } else this.#kept += plan.run(this.bytes, start, end, this.#pan);
  }

  flows(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== this.bytes) this.#isWithheld = true;
    let plan = this.#fixed.get(layout);
    if (plan === undefined) this.#fixed.set(layout, (plan = new AnonymisePlan(layout)));
    this.#kept += plan.run(this.bytes, start, end, this.#pan);
  }

  options(): void {
    this.#isWithheld = true;
  }

  discards(): void {
    this.#isWithheld = true;
  }

  counters(): void {
    this.#isWithheld = true;
  }

  count(): void {}

  /**
   * What is behind the last set is zeroed, and what is behind the last record of a fixed format cut off; a datagram
   * with another fault is withheld.
   */
  malformed(code: MalformedCode, offset: number): void {
    if (code === "trailing-bytes") {
      this.bytes.fill(0, offset, this.#end);
      if (this.#version < FIRST_WITH_SETS) this.#end = offset;
      return;
    }
    this.#isWithheld = true;
    if (this.#session === undefined || !(code.startsWith("template-") || code === "scope-invalid")) return;
    this.#templates.void(this.#session, u16be(this.bytes, offset));
  }
}
