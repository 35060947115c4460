import {
  IPFIX_HEADER_BYTES,
  IPFIX_TEMPLATE_SET_ID,
  recordBytes,
  type TemplateLayout,
  templateSetBytes,
  V9_HEADER_BYTES,
  V9_TEMPLATE_SET_ID,
  writeIpfixHeader,
  writeTemplateSet,
  writeV9Header,
} from "@ngflow/wire/encode";
import { DatagramQueue } from "./datagram-queue.ts";
import { type ExportStream, HEADERS_BELOW, type StreamSettings } from "./export-stream.ts";
import { BYTES, FIRST, type FlowTable, LAST, PACKETS, TCP_FLAGS } from "./flow-table.ts";
import type { LeavingRecords } from "./leaving-records.ts";
import type { ObservationTable } from "./observation-table.ts";
import { OPTIONS_BYTES_MAX, optionsCount, writeInterfaces, writeOptions } from "./options-records.ts";
import { createTemplates, REVERSE_BYTES, type StreamTemplates } from "./templates.ts";

const ICMP = 1;
const ICMPV6 = 58;
const MAX_PADDING = 3;
const SET_HEADER_BYTES = 4;
/** biflowDirection: the forward direction is that of the first packet. */
const DIRECTION_INITIATOR = 1;

/** NetFlow v9 or IPFIX: the same sets and, but for times and end reason, the same records under different headers. */
export class TemplateStream implements ExportStream {
  readonly version: 9 | 10;
  queue: DatagramQueue;
  openedUs = Number.POSITIVE_INFINITY;
  private readonly ipfix: boolean;
  private readonly settings: StreamSettings;
  private readonly observations: ObservationTable;
  private templates: StreamTemplates;
  private layouts: readonly TemplateLayout[] = [];
  private readonly headerBytes: number;
  private bytes4 = 0;
  private bytes6 = 0;
  /** Next byte to write, and the first one that is out of bounds, in the queue's buffer. */
  private at = 0;
  private limit = 0;
  /** Data records and template records of the open datagram. */
  private count = 0;
  private templateCount = 0;
  private setAt = 0;
  /** Template of the open data set, 0 for none. */
  private setTemplate = 0;
  private templatesUs = Number.NEGATIVE_INFINITY;
  /** When options were told, IPFIX only: in v9 they go with the templates. */
  private optionsUs = Number.NEGATIVE_INFINITY;
  private datagramsSinceTemplates = 0;
  private optionRecords = 0;
  /** Totals of sent datagrams; data records are those of flows and of options. */
  private datagrams = 0;
  private octets = 0;
  private flowRecords = 0;
  private dataRecords = 0;

  constructor(version: 9 | 10, settings: StreamSettings, observations: ObservationTable) {
    this.version = version;
    this.ipfix = version === 10;
    this.settings = settings;
    this.observations = observations;
    this.headerBytes = this.ipfix ? IPFIX_HEADER_BYTES : V9_HEADER_BYTES;
    this.templates = createTemplates(version, settings.groups);
    this.measure();
    this.queue = new DatagramQueue(this.slotBytes());
  }

  get records(): number {
    return this.flowRecords + this.count;
  }

  resize(nowUs: number): void {
    this.finish(nowUs);
    this.queue.deliver();
    const templates = createTemplates(this.version, this.settings.groups);
    if (templates.ipv4.id !== this.templates.ipv4.id) {
      this.templates = templates;
      this.measure();
      this.announce();
    }
    this.queue = this.queue.createResized(this.slotBytes());
  }

  announce(): void {
    this.templatesUs = Number.NEGATIVE_INFINITY;
    this.optionsUs = Number.NEGATIVE_INFINITY;
  }

  add(table: FlowTable, r: number, endReason: number, nowUs: number): void {
    if (table.keyWords === 4) {
      this.writeRecord(table, r, this.reserve(this.templates.ipv4.id, this.bytes4, nowUs), endReason);
    } else {
      this.writeRecord(table, r, this.reserve(this.templates.ipv6.id, this.bytes6, nowUs), endReason);
    }
  }

  addMany(table: FlowTable, leaving: LeavingRecords, nowUs: number): void {
    const { kernel, count } = leaving;
    const template = table.keyWords === 4 ? this.templates.ipv4 : this.templates.ipv6;
    const bytes = table.keyWords === 4 ? this.bytes4 : this.bytes6;
    if (kernel === null || this.settings.groups !== 0) {
      for (let i = 0; i < count; i++) this.add(table, table.at(leaving.ids[i]!), leaving.reasons[i]!, nowUs);
      return;
    }
    for (let from = 0; from < count;) {
      const at = this.reserve(template.id, bytes, nowUs);
      const more = Math.min(Math.floor((this.limit - MAX_PADDING - this.at) / bytes), count - from - 1);
      const fit = Math.max(0, more);
      this.at += fit * bytes;
      this.count += fit;
      leaving.encode(kernel, table, this.version, from, fit + 1, this.queue.buffer, at);
      from += fit + 1;
    }
  }

  addPair(table: FlowTable, r: number, reverse: number, endReason: number, nowUs: number): boolean {
    const template = table.keyWords === 4 ? this.templates.pair4 : this.templates.pair6;
    if (template === null) return false;
    const bytes = (table.keyWords === 4 ? this.bytes4 : this.bytes6) + REVERSE_BYTES;
    const at = this.reserve(template.id, bytes, nowUs);
    this.writeRecord(table, r, at, endReason);
    const { view } = this.queue;
    const data = reverse + table.keyWords;
    const p = at + bytes - REVERSE_BYTES;
    view.setInt32(p, table.words[data + PACKETS]!);
    this.writeU64(p + 4, table.doubles[(data + BYTES) >> 1]!);
    this.writeU64(p + 12, Math.floor(table.doubles[(data + FIRST) >> 1]! / 1000));
    this.writeU64(p + 20, Math.floor(table.doubles[(data + LAST) >> 1]! / 1000));
    view.setUint8(p + 28, table.words[data + TCP_FLAGS]!);
    view.setUint8(p + 29, DIRECTION_INITIATOR);
    return true;
  }

  finish(nowUs: number): void {
    if (this.count === 0) return;
    this.closeSet();
    this.send(nowUs);
  }

  /** Completes the datagram that ends at `at` and hands it to the queue. */
  private send(nowUs: number): void {
    const { view, start } = this.queue;
    const { bootMs, observationDomainId } = this.settings;
    const length = this.at - start;
    const records = this.count + this.optionRecords;
    if (this.ipfix) {
      writeIpfixHeader(view, start, length, Math.floor(nowUs / 1e6), this.dataRecords, observationDomainId);
    } else {
      // The header has whole seconds. Uptime is stated for the next whole second, so that collectors compute flow times
      // back to the millisecond and no flow ends after the stated uptime.
      const seconds = Math.ceil(nowUs / 1e6);
      const uptimeMs = seconds * 1000 - bootMs;
      const all = records + this.templateCount;
      writeV9Header(view, start, all, uptimeMs, seconds, this.datagrams, observationDomainId);
    }
    this.datagrams++;
    this.octets += length;
    this.flowRecords += this.count;
    this.dataRecords += records;
    this.count = 0;
    this.optionRecords = 0;
    this.templateCount = 0;
    this.openedUs = Number.POSITIVE_INFINITY;
    this.queue.push(length, nowUs);
  }

  /** However small the mtu, a datagram can hold the templates and one record. */
  private slotBytes(): number {
    const record = SET_HEADER_BYTES + this.bytes6 + REVERSE_BYTES + MAX_PADDING;
    const least = this.headerBytes + templateSetBytes(this.layouts) + OPTIONS_BYTES_MAX + record;
    return Math.max(least, this.settings.mtu - HEADERS_BELOW);
  }

  private measure(): void {
    const { ipv4, ipv6, pair4, pair6 } = this.templates;
    this.layouts = pair4 === null || pair6 === null ? [ipv4, ipv6] : [ipv4, ipv6, pair4, pair6];
    this.bytes4 = recordBytes(ipv4);
    this.bytes6 = recordBytes(ipv6);
  }

  private begin(nowUs: number): void {
    const { settings } = this;
    this.at = this.queue.start + this.headerBytes;
    this.limit = this.queue.start + settings.mtu - HEADERS_BELOW;
    if (
      this.datagramsSinceTemplates >= settings.templateDatagrams ||
      nowUs - this.templatesUs >= settings.templateSeconds * 1e6
    ) {
      this.templatesUs = nowUs;
      this.datagramsSinceTemplates = 0;
      if (this.ipfix) this.sendOptions(nowUs);
      else this.announceInterfaces(nowUs);
      this.beginWithTemplates();
    }
    this.datagramsSinceTemplates++;
    this.openedUs = nowUs;
  }

  private beginWithTemplates(): void {
    const { settings } = this;
    const { view, start } = this.queue;
    const setId = this.ipfix ? IPFIX_TEMPLATE_SET_ID : V9_TEMPLATE_SET_ID;
    this.limit = start + settings.mtu - HEADERS_BELOW;
    this.at = writeTemplateSet(view, start + this.headerBytes, setId, this.layouts);
    this.templateCount = this.layouts.length;
    if (!this.ipfix) this.writeOptions();
  }

  /** Options templates and records at the end of the open datagram. */
  private writeOptions(): void {
    const { settings } = this;
    const totals = { datagrams: this.datagrams, records: this.flowRecords, octets: this.octets };
    const { view } = this.queue;
    this.at = writeOptions(view, this.at, this.version, settings.observationDomainId, settings.options, totals);
    this.optionRecords = optionsCount(settings.options);
    this.templateCount += this.optionRecords;
  }

  /**
   * IPFIX tells options in messages of their own, before the first flows and then every so many seconds: RFC 7011 counts their
   * records in sequence numbers and nfcapd does not, which takes each telling after the first flows for a gap. How packets
   * are sampled goes out with all templates.
   */
  private sendOptions(nowUs: number): void {
    const due = nowUs - this.optionsUs >= this.settings.templateSeconds * 1e6;
    if (!due && !this.settings.options.announceSampling) return;
    this.writeOptions();
    this.send(nowUs);
    if (!due) return;
    this.optionsUs = nowUs;
    this.announceInterfaces(nowUs);
  }

  /** Datagrams with the names of interfaces, before the one that is begun. */
  private announceInterfaces(nowUs: number): void {
    const interfaces = this.settings.options.interfaces?.() ?? [];
    for (let from = 0; from < interfaces.length;) {
      const { view, start } = this.queue;
      const begin = start + this.headerBytes;
      const limit = start + this.settings.mtu - HEADERS_BELOW;
      const { end, count } = writeInterfaces(view, begin, limit, this.version, interfaces, from);
      this.at = end;
      this.templateCount = 1;
      this.optionRecords = count;
      this.send(nowUs);
      from += count;
    }
  }

  /** Room for a record of the template: in the open set, in a new set, or in a new datagram. Returns its offset. */
  private reserve(template: number, bytes: number, nowUs: number): number {
    const overhead = this.setTemplate === template ? MAX_PADDING : MAX_PADDING + SET_HEADER_BYTES + MAX_PADDING;
    if (this.count !== 0 && this.at + bytes + overhead > this.limit) this.finish(nowUs);
    if (this.count === 0) this.begin(nowUs);
    if (this.setTemplate !== template) {
      this.closeSet();
      this.setAt = this.at;
      this.setTemplate = template;
      this.queue.view.setUint16(this.at, template);
      this.at += SET_HEADER_BYTES;
    }
    const at = this.at;
    this.at += bytes;
    this.count++;
    return at;
  }

  private closeSet(): void {
    if (this.setTemplate === 0) return;
    const { view } = this.queue;
    while (((this.at - this.setAt) & 3) !== 0) view.setUint8(this.at++, 0);
    view.setUint16(this.setAt + 2, this.at - this.setAt);
    this.setTemplate = 0;
  }

  private writeRecord(table: FlowTable, r: number, at: number, endReason: number): void {
    const { view } = this.queue;
    const { words } = table;
    const id = table.extra === null ? 0 : table.idOf(r);
    if (table.keyWords === 4) {
      view.setInt32(at, words[r]!, true);
      view.setInt32(at + 4, words[r + 1]!, true);
      this.writeRest(table, r + 2, at + 8, ICMP, 4, endReason, id);
    } else {
      for (let w = 0; w < 8; w++) view.setInt32(at + 4 * w, words[r + w]!, true);
      this.writeRest(table, r + 8, at + 32, ICMPV6, 6, endReason, id);
    }
  }

  /** Fields after the addresses; `r` is the word of the ports. */
  private writeRest(
    table: FlowTable,
    r: number,
    at: number,
    icmp: number,
    version: number,
    endReason: number,
    id: number,
  ): void {
    const { observations } = this;
    const { view } = this.queue;
    const { words, doubles } = table;
    const ports = words[r]!;
    const meta = words[r + 1]!;
    const data = r + 2;
    const context = meta >>> 16;
    // Type and code stand where the destination port does: the upper half of the word, as loaded from the packet.
    const typeCode = (meta & 0xff) === icmp ? ((ports >>> 8) & 0xff00) | (ports >>> 24) : 0;
    view.setInt32(at, this.ipfix && typeCode !== 0 ? 0 : ports, true);
    view.setUint16(at + 4, ((meta & 0xff) << 8) | ((meta >>> 8) & 0xff));
    view.setUint16(at + 6, ((words[data + TCP_FLAGS]! & 0xff) << 8) | observations.direction[context]!);
    view.setUint16(at + 8, observations.inputIf[context]!);
    let outputIf = observations.outputIf[context]!;
    if (table.extra !== null && outputIf === 0) outputIf = table.extra.outputIf(id);
    view.setUint16(at + 10, outputIf);
    view.setInt32(at + 12, words[data + PACKETS]!);
    const bytes = doubles[(data + BYTES) >> 1]!;
    view.setUint32(at + 16, bytes / 4294967296);
    view.setUint32(at + 20, bytes);
    const firstMs = Math.floor(doubles[(data + FIRST) >> 1]! / 1000);
    const lastMs = Math.floor(doubles[(data + LAST) >> 1]! / 1000);
    let p = at + 24;
    if (this.ipfix) {
      view.setUint32(p, firstMs / 4294967296);
      view.setUint32(p + 4, firstMs);
      view.setUint32(p + 8, lastMs / 4294967296);
      view.setUint32(p + 12, lastMs);
      p += 16;
    } else {
      const { bootMs } = this.settings;
      view.setUint32(p, Math.max(0, firstMs - bootMs));
      view.setUint32(p + 4, Math.max(0, lastMs - bootMs));
      p += 8;
    }
    view.setUint16(p, typeCode);
    view.setUint8(p + 2, version);
    p += 3;
    if (this.ipfix) view.setUint8(p++, endReason);
    const { extra } = table;
    if (extra === null) return;
    const row = id * extra.rowBytes;
    for (let i = 0; i < extra.exportedBytes; i++) view.setUint8(p + i, extra.rows[row + i]!);
  }

  private writeU64(at: number, value: number): void {
    const { view } = this.queue;
    view.setUint32(at, value / 4294967296);
    view.setUint32(at + 4, value);
  }
}
