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
import type { ObservationTable } from "./observation-table.ts";
import { IPFIX_TEMPLATES, V9_TEMPLATES } from "./templates.ts";

const ICMP = 1;
const ICMPV6 = 58;
const MAX_PADDING = 3;
const SET_HEADER_BYTES = 4;

/** NetFlow v9 or IPFIX: the same sets and, but for times and end reason, the same records under different headers. */
export class TemplateStream implements ExportStream {
  queue: DatagramQueue;
  openedUs = Number.POSITIVE_INFINITY;
  private readonly ipfix: boolean;
  private readonly settings: StreamSettings;
  private readonly observations: ObservationTable;
  private readonly templates: readonly [TemplateLayout, TemplateLayout];
  private readonly headerBytes: number;
  private readonly bytes4: number;
  private readonly bytes6: number;
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
  private datagramsSinceTemplates = 0;
  /** Datagrams begun, and records of finished datagrams. */
  private datagrams = 0;
  private finishedRecords = 0;

  constructor(version: 9 | 10, settings: StreamSettings, observations: ObservationTable) {
    this.ipfix = version === 10;
    this.settings = settings;
    this.observations = observations;
    this.templates = this.ipfix ? IPFIX_TEMPLATES : V9_TEMPLATES;
    this.headerBytes = this.ipfix ? IPFIX_HEADER_BYTES : V9_HEADER_BYTES;
    this.bytes4 = recordBytes(this.templates[0]);
    this.bytes6 = recordBytes(this.templates[1]);
    this.queue = new DatagramQueue(this.slotBytes());
  }

  get records(): number {
    return this.finishedRecords + this.count;
  }

  /** Follows a change of the mtu. */
  resize(nowUs: number): void {
    this.finish(nowUs);
    this.queue.deliver();
    this.queue = this.queue.createResized(this.slotBytes());
  }

  add(table: FlowTable, r: number, endReason: number, nowUs: number): void {
    if (table.keyWords === 4) {
      const at = this.reserve(this.templates[0].id, this.bytes4, nowUs);
      const { view } = this.queue;
      view.setInt32(at, table.words[r]!, true);
      view.setInt32(at + 4, table.words[r + 1]!, true);
      this.writeRest(table, r + 2, at + 8, ICMP, 4, endReason);
    } else {
      const at = this.reserve(this.templates[1].id, this.bytes6, nowUs);
      const { view } = this.queue;
      for (let w = 0; w < 8; w++) view.setInt32(at + 4 * w, table.words[r + w]!, true);
      this.writeRest(table, r + 8, at + 32, ICMPV6, 6, endReason);
    }
  }

  finish(nowUs: number): void {
    const { count } = this;
    if (count === 0) return;
    this.closeSet();
    const { view, start } = this.queue;
    const { bootMs, observationDomainId } = this.settings;
    const length = this.at - start;
    if (this.ipfix) {
      writeIpfixHeader(view, start, length, Math.floor(nowUs / 1e6), this.finishedRecords, observationDomainId);
    } else {
      // The header has whole seconds. Uptime is stated for the next whole second, so that collectors compute flow times
      // back to the millisecond and no flow ends after the stated uptime.
      const seconds = Math.ceil(nowUs / 1e6);
      const uptimeMs = seconds * 1000 - bootMs;
      writeV9Header(view, start, count + this.templateCount, uptimeMs, seconds, this.datagrams, observationDomainId);
    }
    this.datagrams++;
    this.finishedRecords += count;
    this.count = 0;
    this.openedUs = Number.POSITIVE_INFINITY;
    this.queue.push(length, nowUs);
  }

  /** However small the mtu, a datagram can hold the templates and one record. */
  private slotBytes(): number {
    const least = this.headerBytes + templateSetBytes(this.templates) + SET_HEADER_BYTES + this.bytes6 + MAX_PADDING;
    return Math.max(least, this.settings.mtu - HEADERS_BELOW);
  }

  private begin(nowUs: number): void {
    const { settings } = this;
    this.openedUs = nowUs;
    this.at = this.queue.start + this.headerBytes;
    this.limit = this.queue.start + settings.mtu - HEADERS_BELOW;
    this.templateCount = 0;
    if (
      this.datagramsSinceTemplates >= settings.templateDatagrams ||
      nowUs - this.templatesUs >= settings.templateSeconds * 1e6
    ) {
      const setId = this.ipfix ? IPFIX_TEMPLATE_SET_ID : V9_TEMPLATE_SET_ID;
      this.at = writeTemplateSet(this.queue.view, this.at, setId, this.templates);
      this.templateCount = this.templates.length;
      this.templatesUs = nowUs;
      this.datagramsSinceTemplates = 0;
    }
    this.datagramsSinceTemplates++;
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

  /** Fields after the addresses; `r` is the word of the ports. */
  private writeRest(table: FlowTable, r: number, at: number, icmp: number, version: number, endReason: number): void {
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
    view.setUint16(at + 10, observations.outputIf[context]!);
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
      view.setUint8(p + 19, endReason);
      p += 16;
    } else {
      const { bootMs } = this.settings;
      view.setUint32(p, Math.max(0, firstMs - bootMs));
      view.setUint32(p + 4, Math.max(0, lastMs - bootMs));
      p += 8;
    }
    view.setUint16(p, typeCode);
    view.setUint8(p + 2, version);
  }
}
