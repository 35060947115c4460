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

/** Most bytes of data sets that wait for their template, over the whole run. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Memory of a waiting set in addition to its bytes. */
const SET_OVERHEAD_BYTES = 512;
/** Most templates kept over the whole run. */
const MAX_TEMPLATES = 65_536;

interface HeldSet {
  readonly bytes: Uint8Array;
  /** Offset of the set's body in the input. */
  readonly offset: number;
  readonly head: LineHead;
}

/** The sender of a datagram, on every line of it. */
interface Origin {
  readonly exporter: string;
  /** Address that the exporter puts into the datagram, if the protocol has one. */
  readonly agent?: string;
  /** Name of the protocol, if the version alone does not identify it. */
  readonly protocol?: string;
  readonly version: number;
  readonly domain: number;
}

/** Fields that all lines of a datagram share. */
interface LineHead {
  readonly origin: Origin;
  readonly sequence: number;
  /** Header fields that apply to every record. */
  readonly facts: Readonly<Record<string, number>>;
}

/**
 * Prints flow datagrams as the lines of `ngflow decode`. Templates are kept per exporter address, source port, protocol
 * and domain; data that comes before its template is printed when the template arrives.
 */
export class DatagramPrinter implements MessageSink {
  /** Malformed parts. */
  errors = 0;
  /** Flow, option, counter and template lines. */
  lines = 0;
  /** Datagrams of a known protocol. */
  datagrams = 0;

  readonly protocols: readonly Protocol[];
  readonly #print: (line: string) => void;
  readonly #header: MessageHeader;
  readonly #templates = new Map<string, Map<number, Template>>();
  readonly #held = new Map<string, Map<number, HeldSet[]>>();
  #heldBytes = 0;
  #templateCount = 0;

  #bytes: Uint8Array = new Uint8Array(0);
  #exporter = "";
  #port = 0;
  #offset = 0;
  #key = "";
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
    decodeMessage(bytes, 0, bytes.length, this.#header, this, this.protocols);
  }

  /** Reports data without a template, at the end of the input. */
  end(): void {
    for (const templates of this.#held.values()) {
      for (const [id, sets] of templates) {
        const bytes = sets.reduce((sum, set) => sum + set.bytes.length, 0);
        const message = `${sets.length} data sets (${bytes} bytes) of template ${id} could not be decoded: the template never came`;
        this.error({ ...sets[0]!.head.origin, template: id }, "template-missing", message, sets[0]!.offset);
      }
    }
    this.#held.clear();
  }

  header(header: MessageHeader): boolean {
    const { protocol, domain, sequence } = header;
    const { number, version, name } = protocol;
    const agent = agentOf(header, this.#bytes);
    this.datagrams++;
    this.#key = `${this.#exporter} ${this.#port} ${number} ${domain} ${agent}`;
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

  template(template: Template, offset: number): void {
    const head = this.#head!;
    let known = this.#templates.get(this.#key);
    if (known === undefined) this.#templates.set(this.#key, (known = new Map()));
    if (!known.has(template.id)) {
      if (this.#templateCount >= MAX_TEMPLATES) {
        const message = `template ${template.id} is not kept: ${MAX_TEMPLATES} are known already`;
        this.error({ ...head.origin, template: template.id }, "templates-full", message, this.#offset + offset);
        return;
      }
      this.#templateCount++;
    }
    known.set(template.id, template);
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
    const held = this.#held.get(this.#key)?.get(template.id);
    if (held === undefined) return;
    this.#held.get(this.#key)!.delete(template.id);
    for (const set of held) {
      this.#heldBytes -= set.bytes.length + SET_OVERHEAD_BYTES;
      this.#records(template, set.head, set.bytes, 0, set.bytes.length, set.offset);
    }
  }

  withdrawal(id: number, _offset: number): void {
    const known = this.#templates.get(this.#key);
    for (const template of known?.values() ?? []) {
      if (id !== template.id && !(id === 2 && !template.options) && !(id === 3 && template.options)) continue;
      known!.delete(template.id);
      this.#templateCount--;
      this.#line({ kind: "template", ...this.#named(this.#head!, template.id), withdrawn: true, fields: [] });
    }
  }

  data(templateId: number, start: number, end: number): void {
    const template = this.#templates.get(this.#key)?.get(templateId);
    if (template === undefined) this.#hold(templateId, start, end);
    else this.#records(template, this.#head!, this.#bytes, start, end, this.#offset);
  }

  flows(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#records(layout, this.#head!, bytes, start, end, this.#offset);
  }

  options(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#records(layout, this.#head!, bytes, start, end, this.#offset);
  }

  counters(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#records(layout, this.#head!, bytes, start, end, this.#offset, "counter");
  }

  /** Counters of the protocol itself are not printed. */
  count(): void {}

  malformed(code: MalformedCode, offset: number): void {
    this.error(this.#head?.origin ?? { exporter: this.#exporter }, code, MALFORMED[code], this.#offset + offset);
  }

  #hold(templateId: number, start: number, end: number): void {
    const head = this.#head!;
    if (start === end) return;
    const size = end - start + SET_OVERHEAD_BYTES;
    if (this.#heldBytes + size > MAX_HELD_BYTES) {
      const message = `data of template ${templateId} was dropped: ${MAX_HELD_BYTES} bytes already wait for templates`;
      this.error({ ...head.origin, template: templateId }, "held-full", message, this.#offset + start);
      return;
    }
    const set = { bytes: this.#bytes.slice(start, end), offset: this.#offset + start, head };
    this.#heldBytes += size;
    let templates = this.#held.get(this.#key);
    if (templates === undefined) this.#held.set(this.#key, (templates = new Map()));
    const sets = templates.get(templateId);
    if (sets === undefined) templates.set(templateId, [set]);
    else sets.push(set);
  }

  #records(
    template: Template,
    head: LineHead,
    bytes: Uint8Array,
    start: number,
    end: number,
    offset: number,
    kind = template.options ? "option" : "flow",
  ): void {
    const known = this.#templates.get(this.#key);
    let o = start;
    while (end - o >= template.minLength) {
      const record = readRecord(bytes, o, end, template, (id) => known?.get(id));
      if (record === undefined) {
        const code = "record-truncated";
        this.error({ ...head.origin, template: template.id }, code, MALFORMED[code], offset + o);
        return;
      }
      this.#line({
        kind,
        ...this.#named(head, template.id),
        ...(template.options ? { scope: record.scope } : {}),
        fields: { ...record.fields, ...head.facts },
      });
      o = record.next;
    }
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
