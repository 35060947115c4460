import {
  IPFIX_HEADER_LENGTH,
  IPFIX_TEMPLATE_SET,
  recordBytes,
  type TemplateLayout,
  templateSetBytes,
  V9_HEADER_LENGTH,
  V9_TEMPLATE_SET,
  writeIpfixHeader,
  writeTemplateSet,
  writeV9Header,
} from "@ngflow/wire/encode";
import { DatagramQueue } from "./datagram-queue.ts";
import { type ExportStream, HEADERS_BELOW, type StreamSettings } from "./export-stream.ts";
import { FlowRecordWriter } from "./flow-record-writer.ts";
import type { FlowTable } from "../cache/flow-table.ts";
import type { LeavingRecords } from "../expiry/leaving-records.ts";
import type { MeterWasm } from "../wasm/meter-wasm.ts";
import type { ObservationTable } from "../cache/observation-table.ts";
import { OPTIONS_BYTES_MAX, optionsCount, writeInterfaces, writeOptions } from "./options-records.ts";
import { createTemplates, REVERSE_BYTES, type StreamTemplates, VLAN_BYTES } from "./templates.ts";

const MAX_PADDING = 3;
const SET_HEADER_BYTES = 4;

function layoutsOf({ ipv4, ipv6, pair4, pair6 }: StreamTemplates): readonly TemplateLayout[] {
  return pair4 === null || pair6 === null ? [ipv4, ipv6] : [ipv4, ipv6, pair4, pair6];
}

/** NetFlow v9 or IPFIX: the same sets and, but for times and end reason, the same records under different headers. */
export class TemplateStream implements ExportStream {
  readonly version: 9 | 10;
  queue: DatagramQueue;
  openedUs = Number.POSITIVE_INFINITY;
  private readonly ipfix: boolean;
  private readonly settings: StreamSettings;
  private readonly recordWriter: FlowRecordWriter;
  private readonly wasm: MeterWasm | null;
  private templates: StreamTemplates;
  /** Of flows with a tag; null when they have the same as others. Announced with the first such flow. */
  private tagged: StreamTemplates | null = null;
  private taggedAnnounced = false;
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
  /** When options were sent, IPFIX only: in v9 they go with the templates. */
  private optionsUs = Number.NEGATIVE_INFINITY;
  private datagramsSinceTemplates = 0;
  private optionRecords = 0;
  /** Totals of sent datagrams; data records are those of flows and of options. */
  private datagrams = 0;
  private octets = 0;
  private flowRecords = 0;
  private dataRecords = 0;

  /** @param wasm writes records of the plain templates; null: TypeScript writes each. */
  constructor(version: 9 | 10, settings: StreamSettings, observations: ObservationTable, wasm: MeterWasm | null) {
    this.version = version;
    this.wasm = wasm;
    this.ipfix = version === 10;
    this.settings = settings;
    this.recordWriter = new FlowRecordWriter(version, settings, observations);
    this.headerBytes = this.ipfix ? IPFIX_HEADER_LENGTH : V9_HEADER_LENGTH;
    this.templates = createTemplates(version, settings.groups, false);
    this.measure();
    this.queue = new DatagramQueue(this.slotBytes());
  }

  get records(): number {
    return this.flowRecords + this.count;
  }

  resize(nowUs: number): void {
    this.finish(nowUs);
    this.queue.deliver();
    const { groups, taggedApart } = this.settings;
    const templates = createTemplates(this.version, groups, false);
    if (templates.ipv4.id !== this.templates.ipv4.id || taggedApart !== (this.tagged !== null)) {
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
    const hasVlans = this.isTagged(table, r);
    if (hasVlans) this.announceTagged(nowUs);
    const { ipv4, ipv6 } = hasVlans ? this.tagged! : this.templates;
    const more = hasVlans ? VLAN_BYTES : 0;
    const at =
      table.keyWords === 4
        ? this.reserve(ipv4.id, this.bytes4 + more, nowUs)
        : this.reserve(ipv6.id, this.bytes6 + more, nowUs);
    this.recordWriter.write(this.queue.view, table, r, at, endReason, hasVlans);
  }

  addMany(table: FlowTable, leaving: LeavingRecords, nowUs: number): void {
    const { wasm } = this;
    const { count, ids } = leaving;
    if (wasm === null || this.settings.groups !== 0) {
      for (let i = 0; i < count; i++) this.add(table, table.at(ids[i]!), leaving.reasons[i]!, nowUs);
      return;
    }
    for (let from = 0; from < count;) {
      const hasVlans = this.isTagged(table, table.at(ids[from]!));
      let end = from + 1;
      while (end < count && this.isTagged(table, table.at(ids[end]!)) === hasVlans) end++;
      this.addAlike(wasm, table, hasVlans, from, end, nowUs);
      from = end;
    }
  }

  /** Writes leaving records `from` to `end - 1`, which have the same template. */
  private addAlike(
    wasm: MeterWasm,
    table: FlowTable,
    hasVlans: boolean,
    from: number,
    end: number,
    nowUs: number,
  ): void {
    if (hasVlans) this.announceTagged(nowUs);
    const { ipv4, ipv6 } = hasVlans ? this.tagged! : this.templates;
    const template = table.keyWords === 4 ? ipv4.id : ipv6.id;
    const bytes = (table.keyWords === 4 ? this.bytes4 : this.bytes6) + (hasVlans ? VLAN_BYTES : 0);
    for (let i = from; i < end;) {
      const at = this.reserve(template, bytes, nowUs);
      const more = Math.min(Math.floor((this.limit - MAX_PADDING - this.at) / bytes), end - i - 1);
      const fit = Math.max(0, more);
      this.at += fit * bytes;
      this.count += fit;
      wasm.encode(table, this.version, hasVlans, i, fit + 1, this.queue.buffer, at);
      i += fit + 1;
    }
  }

  addPair(table: FlowTable, r: number, reverse: number, endReason: number, nowUs: number): boolean {
    const hasVlans = this.isTagged(table, r);
    if (hasVlans) this.announceTagged(nowUs);
    const { pair4, pair6 } = hasVlans ? this.tagged! : this.templates;
    const template = table.keyWords === 4 ? pair4 : pair6;
    if (template === null) return false;
    const one = (table.keyWords === 4 ? this.bytes4 : this.bytes6) + (hasVlans ? VLAN_BYTES : 0);
    const at = this.reserve(template.id, one + REVERSE_BYTES, nowUs);
    const { view } = this.queue;
    this.recordWriter.writeReverse(view, table, reverse, at);
    this.recordWriter.write(view, table, r, at + REVERSE_BYTES, endReason, hasVlans);
    return true;
  }

  /** Whether the record at word `r` has a template with VLANs. */
  private isTagged(table: FlowTable, r: number): boolean {
    return this.tagged !== null && table.vlans(r) !== 0;
  }

  /** The first flow with a tag: its datagram has all templates. */
  private announceTagged(nowUs: number): void {
    if (this.taggedAnnounced) return;
    this.taggedAnnounced = true;
    this.finish(nowUs);
    this.listLayouts();
    this.templatesUs = Number.NEGATIVE_INFINITY;
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
    const record = SET_HEADER_BYTES + this.bytes6 + VLAN_BYTES + REVERSE_BYTES + MAX_PADDING;
    const all = [...layoutsOf(this.templates), ...(this.tagged === null ? [] : layoutsOf(this.tagged))];
    const least = this.headerBytes + templateSetBytes(all) + OPTIONS_BYTES_MAX + record;
    return Math.max(least, this.settings.mtu - HEADERS_BELOW);
  }

  private measure(): void {
    const { groups, taggedApart } = this.settings;
    const { ipv4, ipv6 } = this.templates;
    this.tagged = taggedApart ? createTemplates(this.version, groups, true) : null;
    this.taggedAnnounced = false;
    this.listLayouts();
    this.bytes4 = recordBytes(ipv4);
    this.bytes6 = recordBytes(ipv6);
  }

  private listLayouts(): void {
    const plain = layoutsOf(this.templates);
    this.layouts = this.tagged !== null && this.taggedAnnounced ? [...plain, ...layoutsOf(this.tagged)] : plain;
  }

  private begin(nowUs: number): void {
    const { settings } = this;
    this.at = this.queue.start + this.headerBytes;
    this.limit = this.queue.start + settings.mtu - HEADERS_BELOW;
    if (
      this.datagramsSinceTemplates >= settings.templateDatagrams ||
      Math.abs(nowUs - this.templatesUs) >= settings.templateSeconds * 1e6
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
    const setId = this.ipfix ? IPFIX_TEMPLATE_SET : V9_TEMPLATE_SET;
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
   * IPFIX sends options in their own messages, before the first flows and then every so many seconds: RFC 7011 counts
   * their records in sequence numbers and nfcapd does not, which takes each one after the first flows for a gap. How
   * packets are sampled goes out with all templates.
   */
  private sendOptions(nowUs: number): void {
    const due = Math.abs(nowUs - this.optionsUs) >= this.settings.templateSeconds * 1e6;
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
}
