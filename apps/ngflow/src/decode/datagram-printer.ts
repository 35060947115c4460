import {
  decodeMessage,
  fieldName,
  type FlowVersion,
  MALFORMED,
  type MalformedCode,
  type MessageHeader,
  type MessageSink,
  newMessageHeader,
  readRecord,
  type Template,
} from "@ngflow/wire";

/** Bytes of data sets that wait for their template, over the whole run. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Memory that a waiting set takes beside its bytes. */
const SET_OVERHEAD_BYTES = 512;
/** Templates kept over the whole run. */
const MAX_TEMPLATES = 65_536;

interface HeldSet {
  readonly bytes: Uint8Array;
  /** Offset of the set's body in the input. */
  readonly offset: number;
  readonly head: LineHead;
}

/** What every line of a datagram shares. */
interface LineHead {
  readonly exporter: string;
  readonly version: FlowVersion;
  readonly domain: number;
  readonly sequence: number;
  /** Fields of the v5 header that say something about every record. */
  readonly shared: Readonly<Record<string, number>>;
}

/**
 * Flow datagrams to the lines of `ngflow decode`. Templates are kept per exporter address, source port, version and
 * domain; data that comes before its template is printed when the template arrives.
 */
export class DatagramPrinter implements MessageSink {
  /** Parts that were refused. */
  errors = 0;
  /** Flow, option and template lines. */
  lines = 0;
  /** Datagrams of a known version. */
  datagrams = 0;

  readonly #print: (line: string) => void;
  readonly #header: MessageHeader = newMessageHeader();
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

  constructor(print: (line: string) => void) {
    this.#print = print;
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
    decodeMessage(bytes, 0, bytes.length, this.#header, this);
  }

  /** The input has ended: reports data whose template never came. */
  end(): void {
    for (const templates of this.#held.values()) {
      for (const [id, sets] of templates) {
        const bytes = sets.reduce((sum, set) => sum + set.bytes.length, 0);
        const { exporter, version, domain } = sets[0]!.head;
        const message = `${sets.length} data sets (${bytes} bytes) of template ${id} could not be read: the template never came`;
        this.#error({ exporter, version, domain, template: id }, "template-missing", message, sets[0]!.offset);
      }
    }
    this.#held.clear();
  }

  header(header: MessageHeader): void {
    const { version, domain, sequence } = header;
    this.datagrams++;
    this.#key = `${this.#exporter} ${this.#port} ${version} ${domain}`;
    const shared: Record<string, number> =
      version === 5
        ? {
            engineType: domain >>> 8,
            engineId: domain & 0xff,
            samplingAlgorithm: header.samplingMode,
            samplingInterval: header.samplingInterval,
          }
        : {};
    this.#head = { exporter: this.#exporter, version, domain, sequence, shared };
  }

  template(template: Template, offset: number): void {
    const head = this.#head!;
    let known = this.#templates.get(this.#key);
    if (known === undefined) this.#templates.set(this.#key, (known = new Map()));
    if (!known.has(template.id)) {
      if (this.#templateCount >= MAX_TEMPLATES) {
        const { exporter, version, domain } = head;
        const message = `template ${template.id} is not kept: ${MAX_TEMPLATES} are known already`;
        this.#error(
          { exporter, version, domain, template: template.id },
          "templates-full",
          message,
          this.#offset + offset,
        );
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

  records(layout: Template, start: number, end: number): void {
    this.#records(layout, this.#head!, this.#bytes, start, end, this.#offset);
  }

  malformed(code: MalformedCode, offset: number): void {
    const head = this.#head;
    const who = head
      ? { exporter: head.exporter, version: head.version, domain: head.domain }
      : { exporter: this.#exporter };
    this.#error(who, code, MALFORMED[code], this.#offset + offset);
  }

  #hold(templateId: number, start: number, end: number): void {
    const head = this.#head!;
    const { exporter, version, domain } = head;
    if (start === end) return;
    const size = end - start + SET_OVERHEAD_BYTES;
    if (this.#heldBytes + size > MAX_HELD_BYTES) {
      const message = `data of template ${templateId} was dropped: ${MAX_HELD_BYTES} bytes already wait for templates`;
      this.#error({ exporter, version, domain, template: templateId }, "held-full", message, this.#offset + start);
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

  #records(template: Template, head: LineHead, bytes: Uint8Array, start: number, end: number, offset: number): void {
    const known = this.#templates.get(this.#key);
    let o = start;
    while (end - o >= template.minLength) {
      const record = readRecord(bytes, o, end, template, (id) => known?.get(id));
      if (record === undefined) {
        const { exporter, version, domain } = head;
        const code = "record-truncated";
        this.#error({ exporter, version, domain, template: template.id }, code, MALFORMED[code], offset + o);
        return;
      }
      this.#line({
        kind: template.options ? "option" : "flow",
        ...this.#named(head, template.id),
        ...(template.options ? { scope: record.scope } : {}),
        fields: { ...record.fields, ...head.shared },
      });
      o = record.next;
    }
  }

  /** The fixed layouts of v1, v5 and v7 have no template: null. */
  #named({ exporter, version, domain, sequence }: LineHead, template: number): object {
    return { exporter, version, domain, template: template === 0 ? null : template, sequence };
  }

  #line(line: object): void {
    this.lines++;
    this.#print(JSON.stringify(line));
  }

  #error(who: object, code: string, message: string, offset: number): void {
    this.errors++;
    this.#print(JSON.stringify({ kind: "error", ...who, code, message, offset }));
  }
}
