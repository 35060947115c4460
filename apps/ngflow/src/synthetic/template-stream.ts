import {
  IPFIX_HEADER_LENGTH,
  IPFIX_TEMPLATE_SET,
  templateSetBytes,
  V9_HEADER_LENGTH,
  V9_TEMPLATE_SET,
  writeIpfixHeader,
  writeOptionsTemplateSet,
  writeTemplateSet,
  writeV9Header,
} from "@ngflow/wire/encode";
import type { ValueSource } from "./flow-source.ts";
import { type DatagramMemory, newSums, type Stream, type StreamSettings } from "./stream.ts";
import type { CompiledDialect, SyntheticOptions, SyntheticTemplate } from "./templates.ts";
import { AT, newValues } from "./values.ts";

const SET_HEADER = 4;
/** Options template of one field or more: set header, ids and counts, and padding of v9. */
const OPTIONS_EXTRA = 12;

/** How a stream announces its templates. */
export interface Announcing {
  /** Data datagrams between two announcements; 0 for one announcement. */
  readonly every: number;
  /** Data datagrams before the first announcement. */
  readonly late: number;
}

/** Datagrams of NetFlow v9 or IPFIX with the templates of a dialect. */
export class TemplateStream implements Stream {
  readonly sums = newSums();
  readonly #ipfix: boolean;
  readonly #domain: number;
  readonly #settings: StreamSettings;
  readonly #announcing: Announcing;
  readonly #source: ValueSource;
  readonly #values = newValues();
  readonly #templates: readonly SyntheticTemplate[];
  readonly #options: readonly SyntheticOptions[];
  /** Templates by family, IPv4 first, and the next of each. */
  readonly #byFamily: readonly [SyntheticTemplate[], SyntheticTemplate[]];
  readonly #nextOf = [0, 0];
  #ipv6Records = 0;
  #sequence = 0;
  /** Position of what is announced next; at the end, nothing is. */
  #announced: number;
  /** Data datagrams until the next announcement. */
  #untilAnnounced: number;

  constructor(
    dialect: CompiledDialect,
    domain: number,
    announcing: Announcing,
    settings: StreamSettings,
    source: ValueSource,
  ) {
    this.#ipfix = dialect.format === "ipfix";
    this.#domain = domain;
    this.#announcing = announcing;
    this.#settings = settings;
    this.#source = source;
    this.#templates = dialect.templates;
    this.#options = dialect.options;
    this.#byFamily = [this.#templates.filter(({ ipv6 }) => !ipv6), this.#templates.filter(({ ipv6 }) => ipv6)];
    this.#announced = announcing.late > 0 ? this.#parts : 0;
    this.#untilAnnounced = announcing.late;
    this.#writeConstants();
  }

  get #parts(): number {
    return this.#templates.length + this.#options.length;
  }

  /** Values that are the same in all records. */
  #writeConstants(): void {
    const v = this.#values;
    const settings = this.#settings;
    v[AT.domain] = this.#domain;
    v[AT.bootMs] = settings.bootMs;
    v[AT.samplerId] = 1;
    v[AT.samplingInterval] = settings.sampling;
    v[AT.samplingSpace] = settings.sampling - 1;
    v[AT.samplingMode] = 1;
    v[AT.one] = 1;
    v[AT.endReason] = 1;
    // Forwarded, RFC 7270 section 4.12.
    v[AT.forwarding] = 64;
    v[AT.activeSeconds] = 1800;
    v[AT.inactiveSeconds] = 15;
  }

  write(memory: DatagramMemory, at: number, most: number, nowMs: number): number {
    const header = this.#ipfix ? IPFIX_HEADER_LENGTH : V9_HEADER_LENGTH;
    if (this.#announced >= this.#parts && this.#untilAnnounced === 0) this.#announced = 0;
    const announcing = this.#announced < this.#parts;
    this.#records = 0;
    this.#dataRecords = 0;
    const end = announcing ? this.#announce(memory, at, at + header) : this.#data(memory, at, at + header, most, nowMs);
    if (announcing && this.#announced >= this.#parts) this.#untilAnnounced = this.#announcing.every || Infinity;
    else if (!announcing) this.#untilAnnounced--;
    this.#writeHeader(memory, at, end - at, nowMs);
    this.sums.datagrams++;
    this.sums.datagramBytes += end - at;
    return end - at;
  }

  /** Records and templates of the datagram at hand, and those of them that are data. */
  #records = 0;
  #dataRecords = 0;

  #writeHeader({ view }: DatagramMemory, at: number, length: number, nowMs: number): void {
    const seconds = Math.floor(nowMs / 1000);
    if (this.#ipfix) {
      writeIpfixHeader(view, at, length, seconds, this.#sequence, this.#domain);
      this.#sequence = (this.#sequence + this.#dataRecords) >>> 0;
      return;
    }
    const upTimeMs = (nowMs - this.#settings.bootMs) % 0x1_0000_0000;
    writeV9Header(view, at, this.#records, upTimeMs, seconds, this.#sequence, this.#domain);
    this.#sequence = (this.#sequence + 1) >>> 0;
  }

  /** Writes templates and options from `o` on, as many as fit; returns the end. */
  #announce(memory: DatagramMemory, at: number, o: number): number {
    const { view } = memory;
    const limit = at + this.#settings.mtu;
    const chosen: SyntheticTemplate[] = [];
    while (this.#announced < this.#templates.length) {
      const template = this.#templates[this.#announced]!;
      if (chosen.length > 0 && o + templateSetBytes([...chosen, template]) > limit) break;
      chosen.push(template);
      this.#announced++;
    }
    if (chosen.length > 0) {
      o = writeTemplateSet(view, o, this.#ipfix ? IPFIX_TEMPLATE_SET : V9_TEMPLATE_SET, chosen);
      this.#records += chosen.length;
    }
    while (this.#announced >= this.#templates.length && this.#announced < this.#parts) {
      const options = this.#options[this.#announced - this.#templates.length]!;
      const needed = templateSetBytes([options]) + OPTIONS_EXTRA + SET_HEADER + options.writer.bytes;
      if (this.#records > 0 && o + needed > limit) break;
      o = writeOptionsTemplateSet(view, o, this.#ipfix ? 10 : 9, options);
      const set = o;
      o = this.#endSet(
        memory,
        options.id,
        set,
        options.writer.write(view, memory.bytes, set + SET_HEADER, this.#values),
      );
      this.#records += 2;
      this.#dataRecords++;
      this.#announced++;
    }
    return o;
  }

  /** Writes one set of flow records; returns the end. */
  #data(memory: DatagramMemory, at: number, set: number, most: number, nowMs: number): number {
    const { sums } = this;
    const settings = this.#settings;
    const values = this.#values;
    const template = this.#nextTemplate();
    const { writer, ipv6, hasBytes, hasPackets, bothWays } = template;
    const fits = Math.floor((at + settings.mtu - set - SET_HEADER - 3) / writer.bytes);
    const records = Math.max(1, Math.min(most, settings.recordsMost, fits));
    let o = set + SET_HEADER;
    for (let i = 0; i < records; i++) {
      this.#source.next(values, ipv6, nowMs, settings.bootMs, bothWays);
      o = writer.write(memory.view, memory.bytes, o, values);
      if (hasBytes) sums.bytes += values[AT.bytes]!;
      if (hasPackets) sums.packets += values[AT.packets]!;
      if (bothWays) sums.replyBytes += values[AT.replyBytes]!;
    }
    sums.records += records;
    if (ipv6) this.#ipv6Records += records;
    this.#records = records;
    this.#dataRecords = records;
    return this.#endSet(memory, template.id, set, o);
  }

  /** The next template of the family that has less than its share so far. */
  #nextTemplate(): SyntheticTemplate {
    const byFamily = this.#byFamily;
    const nextOf = this.#nextOf;
    const settings = this.#settings;
    const wanted = this.#ipv6Records < settings.ipv6 * this.sums.records || settings.ipv6 === 1 ? 1 : 0;
    const family = byFamily[wanted].length > 0 ? wanted : 1 - wanted;
    const templates = byFamily[family]!;
    const template = templates[nextOf[family]!]!;
    nextOf[family] = (nextOf[family]! + 1) % templates.length;
    return template;
  }

  /** Pads a set to a multiple of four and writes its header. */
  #endSet({ view, bytes }: DatagramMemory, id: number, set: number, end: number): number {
    let o = end;
    while (((o - set) & 3) !== 0) bytes[o++] = 0;
    view.setUint16(set, id);
    view.setUint16(set + 2, o - set);
    return o;
  }
}
