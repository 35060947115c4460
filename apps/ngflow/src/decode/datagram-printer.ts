import {
  agentOf,
  decodeMessage,
  fieldName,
  MALFORMED,
  type MalformedCode,
  type MessageHeader,
  type MessageSink,
  newMessageHeader,
  type Protocol,
  PROTOCOLS,
  readRecord,
  type Template,
} from "@ngflow/wire";
import { DescribedElements } from "./described-elements.ts";
import type { LineHead } from "./line-head.ts";
import { MAX_HELD_BYTES, WaitingSets } from "./waiting-sets.ts";

/** Most templates kept over the whole run, and most fields of them together. */
const MAX_TEMPLATES = 65_536;
const MAX_FIELDS = 1_048_576;
/**
 * What a datagram, or a turn of printing sets that waited, may cost: a line costs LINE_WORK and 1 for each field. The
 * largest datagram, 65,507 bytes, filled with records of 16 bytes, costs less.
 */
const MAX_WORK = 65_536;
const LINE_WORK = 10;

/**
 * Prints flow datagrams as the lines of `ngflow decode`. Templates are kept per exporter address, source port, protocol
 * and domain; data that comes before its template is printed when the template arrives, in several turns if it is much:
 * call `step` while `isReady`. What a datagram may cost is bounded; the rest of it is one line of kind error.
 */
export class DatagramPrinter implements MessageSink {
  /** Malformed parts. */
  errors = 0;
  /** Flow, option, counter, discard and template lines. */
  lines = 0;
  /** Datagrams of a known protocol. */
  datagrams = 0;

  readonly protocols: readonly Protocol[];
  readonly #print: (line: string) => void;
  readonly #header: MessageHeader;
  readonly #templates = new Map<string, Map<number, Template>>();
  readonly #waiting = new WaitingSets();
  readonly #elements = new DescribedElements();
  #templateCount = 0;
  #fieldCount = 0;
  #work = MAX_WORK;

  #bytes: Uint8Array = new Uint8Array(0);
  #exporter = "";
  #port = 0;
  #offset = 0;
  #key = "";
  /** That of domain 0, whose elements hold in all domains. */
  #wholeKey = "";
  #head: LineHead | undefined;

  /** @param protocols the protocols to decode */
  constructor(print: (line: string) => void, protocols: readonly Protocol[] = PROTOCOLS) {
    this.#print = print;
    this.protocols = protocols;
    this.#header = newMessageHeader(protocols[0]!);
  }

  /**
   * Prints one datagram.
   * @param offset where it starts in the input, added to the offsets of errors
   */
  decode(bytes: Uint8Array, exporter: string, port: number, offset: number): void {
    this.#bytes = bytes;
    this.#exporter = exporter;
    this.#port = port;
    this.#offset = offset;
    this.#head = undefined;
    this.#work = MAX_WORK;
    decodeMessage(bytes, 0, bytes.length, this.#header, this, this.protocols);
    this.#work = Math.max(this.#work, 0);
    this.#printReady();
  }

  /** A connection has ended: its templates do not hold for another one with its address and port. */
  endSession(exporter: string, port: number): void {
    while (this.isReady) this.step();
    for (const [key, known] of this.#templates) {
      if (!key.startsWith(`${exporter} ${port} `)) continue;
      this.#templates.delete(key);
      this.#elements.forget(key);
      this.#templateCount -= known.size;
      for (const { fields } of known.values()) this.#fieldCount -= fields.length;
    }
  }

  /** Whether sets that waited for their template are to be printed. */
  get isReady(): boolean {
    return this.#waiting.ready.length > 0;
  }

  /** Prints sets that waited for their template, about as many lines as one datagram may have. */
  step(): void {
    this.#work = MAX_WORK;
    this.#printReady();
  }

  /** Reports data without a template, at the end of the input. */
  end(): void {
    this.#work = Infinity;
    this.#printReady();
    for (const [id, sets] of this.#waiting.rest()) {
      const bytes = sets.reduce((sum, set) => sum + set.bytes.length, 0);
      const message = `${sets.length} data sets (${bytes} bytes) of template ${id} could not be decoded: the template never came`;
      this.error({ ...sets[0]!.head.origin, template: id }, "template-missing", message, sets[0]!.offset);
    }
  }

  header(header: MessageHeader): boolean {
    const { protocol, domain, sequence } = header;
    const { number, version, name } = protocol;
    const agent = agentOf(header, this.#bytes);
    this.datagrams++;
    const keyOf = (of: number): string => `${this.#exporter} ${this.#port} ${number} ${of} ${agent}`;
    this.#key = keyOf(domain);
    this.#wholeKey = keyOf(0);
    const origin = {
      exporter: this.#exporter,
      ...(agent !== "" && { agent }),
      ...(number !== version && { protocol: name }),
      version,
      domain,
    };
    this.#head = { origin, sequence, facts: protocol.facts?.(header) ?? {} };
    return true;
  }

  template(sent: Template, offset: number): void {
    const template = this.#elements.named(this.#key, this.#wholeKey, sent);
    if (!this.#spend(LINE_WORK + template.fields.length, offset)) return;
    const head = this.#head!;
    const known = this.#templates.get(this.#key);
    const before = known?.get(template.id);
    const fields = this.#fieldCount + template.fields.length - (before?.fields.length ?? 0);
    if (fields > MAX_FIELDS || (before === undefined && this.#templateCount >= MAX_TEMPLATES)) {
      const message = `template ${template.id} is not kept: ${this.#templateCount} with ${this.#fieldCount} fields are known already`;
      this.error({ ...head.origin, template: template.id }, "templates-full", message, this.#offset + offset);
      return;
    }
    if (before === undefined) this.#templateCount++;
    this.#fieldCount = fields;
    if (known === undefined) this.#templates.set(this.#key, new Map([[template.id, template]]));
    else known.set(template.id, template);
    const describe = (from: number, to: number): object[] =>
      template.fields.slice(from, to).map((field) => ({
        name: fieldName(field),
        ...(field.pen > 0 ? { enterprise: field.pen } : {}),
        id: field.id,
        length: field.length,
      }));
    this.#line({
      kind: "template",
      ...this.#named(head, template.id),
      ...(template.options ? { scope: describe(0, template.scopeCount) } : {}),
      fields: describe(template.scopeCount, template.fields.length),
      ...(template.emptyFields > 0 && { emptyFields: template.emptyFields }),
    });
    this.#waiting.release(this.#key, template);
  }

  withdrawal(id: number, offset: number): void {
    const known = this.#templates.get(this.#key);
    if (known === undefined) return;
    const all = id === 2 || id === 3;
    const withdrawn = all ? [...known.values()].filter(({ options }) => options === (id === 3)) : [known.get(id)];
    for (const template of withdrawn) {
      if (template === undefined || !this.#spend(LINE_WORK, offset)) continue;
      known.delete(template.id);
      this.#templateCount--;
      this.#fieldCount -= template.fields.length;
      this.#line({ kind: "template", ...this.#named(this.#head!, template.id), withdrawn: true, fields: [] });
    }
    if (known.size === 0) this.#templates.delete(this.#key);
  }

  data(templateId: number, start: number, end: number): void {
    const template = this.#known(templateId);
    if (template === undefined) this.#hold(templateId, start, end);
    else this.#set(template, this.#bytes, start, end);
  }

  /** The template of an id, with the elements that its exporter has described since it was sent. */
  #known(id: number): Template | undefined {
    const known = this.#templates.get(this.#key);
    const template = known?.get(id);
    if (template === undefined) return undefined;
    const named = this.#elements.named(this.#key, this.#wholeKey, template);
    if (named !== template) known!.set(id, named);
    return named;
  }

  flows(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#set(layout, bytes, start, end);
  }

  options(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#set(layout, bytes, start, end);
  }

  counters(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#set(layout, bytes, start, end, "counter");
  }

  discards(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#set(layout, bytes, start, end, "discard");
  }

  /** Counters of the protocol itself are not printed. */
  count(): void {}

  malformed(code: MalformedCode, offset: number): void {
    if (!this.#spend(LINE_WORK, offset)) this.errors++;
    else this.error(this.#head?.origin ?? { exporter: this.#exporter }, code, MALFORMED[code], this.#offset + offset);
  }

  #hold(templateId: number, start: number, end: number): void {
    const head = this.#head!;
    if (start === end || !this.#spend(LINE_WORK, start)) return;
    const offset = this.#offset + start;
    if (this.#waiting.hold(this.#key, templateId, this.#bytes.subarray(start, end), offset, head)) return;
    const message = `data of template ${templateId} was dropped: ${MAX_HELD_BYTES} bytes already wait for templates`;
    this.error({ ...head.origin, template: templateId }, "held-full", message, offset);
  }

  /** Prints the records of a set of the current datagram. */
  #set(template: Template, bytes: Uint8Array, start: number, end: number, kind?: string): void {
    const next = this.#records(this.#key, template, this.#head!, bytes, start, end, this.#offset, kind);
    if (next < end) this.#spend(this.#work + 1, next);
  }

  /** Prints sets that waited, until the work is used up. */
  #printReady(): void {
    const { ready } = this.#waiting;
    for (let first = ready[0]; first !== undefined; first = ready[0]) {
      const { key, template, sets, next, at } = first;
      const set = sets[next];
      if (set === undefined) {
        ready.shift();
        continue;
      }
      first.at = this.#records(key, template, set.head, set.bytes, at, set.bytes.length, set.offset);
      if (first.at < set.bytes.length) return;
      this.#waiting.done(set);
      first.next++;
      first.at = 0;
    }
  }

  /** Prints the records in `bytes[start, end)`. Returns where it stopped: before `end` when the work was used up. */
  #records(
    key: string,
    template: Template,
    head: LineHead,
    bytes: Uint8Array,
    start: number,
    end: number,
    offset: number,
    kind = template.options ? "option" : "flow",
  ): number {
    const known = this.#templates.get(key);
    const work = LINE_WORK + template.fields.length;
    let o = start;
    while (end - o >= template.minLength) {
      if (this.#work < work) return o;
      this.#work -= work;
      const record = readRecord(bytes, o, end, template, (id) => known?.get(id));
      if (record === undefined) {
        const code = "record-truncated";
        this.error({ ...head.origin, template: template.id }, code, MALFORMED[code], offset + o);
        return end;
      }
      if (template.options) this.#elements.learn(key, record);
      this.#line({
        kind,
        ...this.#named(head, template.id),
        ...(template.options ? { scope: record.scope } : {}),
        fields: { ...record.fields, ...head.facts },
      });
      o = record.next;
    }
    return end;
  }

  /** Takes units of work. False when the datagram has used them up; the first time, a line says where. */
  #spend(work: number, offset: number): boolean {
    if (this.#work >= work) {
      this.#work -= work;
      return true;
    }
    if (this.#work >= 0) {
      this.#work = 0;
      const message = "the rest of the datagram is not printed: it has more records and fields than any real one";
      this.error(this.#head?.origin ?? { exporter: this.#exporter }, "datagram-work", message, this.#offset + offset);
      this.#work = -1;
    }
    return false;
  }

  /** Null for fixed layouts, which have no template. */
  #named({ origin, sequence }: LineHead, template: number): object {
    return { ...origin, template: template === 0 ? null : template, sequence };
  }

  #line(line: object): void {
    this.lines++;
    this.#print(JSON.stringify(line));
  }

  /** Prints a line of kind `error`. @param who the fields that say whose input it is */
  error(who: object, code: string, message: string, offset: number): void {
    this.errors++;
    this.#print(JSON.stringify({ kind: "error", ...who, code, message, offset }));
  }
}
