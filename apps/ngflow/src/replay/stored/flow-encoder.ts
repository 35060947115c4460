import { isMappedIpv4, parseIp } from "@ngflow/base";
import {
  IPFIX_HEADER_LENGTH,
  IPFIX_TEMPLATE_SET,
  recordBytes,
  type TemplateField,
  type TemplateLayout,
  templateSetBytes,
  V9_HEADER_LENGTH,
  V9_TEMPLATE_SET,
  writeIpfixHeader,
  writeTemplateSet,
  writeV9Header,
} from "@ngflow/wire/encode";
import type { Row } from "../../output/format.ts";
import { CARRIED, type CarriedColumn, type Family } from "./carried.ts";

/** Formats in which stored flows are sent. */
export const STORED_FORMATS = ["ipfix", "v9"] as const;
export type StoredFormat = (typeof STORED_FORMATS)[number];

/** Bytes of a datagram at most: with the headers of IPv6 and UDP it fits an Ethernet frame. */
const DATAGRAM_BYTES = 1400;
const SET_HEADER = 4;
const PADDING = 3;
const FIRST_TEMPLATE = 256;
/** Datagrams after which a template is sent again: one may have been lost. */
const TEMPLATE_EVERY = 64;

interface RowTemplate extends TemplateLayout {
  readonly columns: readonly CarriedColumn[];
  readonly bytes: number;
  /** Number of the datagram that declared it last; -Infinity before the first. */
  declared: number;
}

/** What the encoder was given, as it was sent. */
export interface StoredSums {
  records: number;
  bytes: bigint;
  packets: bigint;
}

/** Writes the flows of one exporter and domain as datagrams of IPFIX (RFC 7011) or NetFlow v9 (RFC 3954). */
export class FlowEncoder {
  readonly #isIpfix: boolean;
  readonly #domain: number;
  readonly #repeats: boolean;
  readonly #sums: StoredSums;
  readonly #bytes = new Uint8Array(DATAGRAM_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #templates = new Map<string, RowTemplate>();
  readonly #header: number;
  /** End of what is written; the header's length when nothing is. */
  #end: number;
  /** Start and template of the set at the end. */
  #set = 0;
  #setTemplate: RowTemplate | undefined;
  /** Records of the datagram, and templates that it declares. */
  #records = 0;
  #declared = 0;
  #datagrams = 0;
  #sent = 0;
  #bootMs: number | undefined;

  /** @param repeats whether templates are sent again, as over UDP */
  constructor(format: StoredFormat, domain: number, repeats: boolean, sums: StoredSums) {
    this.#isIpfix = format === "ipfix";
    this.#domain = domain;
    this.#repeats = repeats;
    this.#sums = sums;
    this.#header = this.#isIpfix ? IPFIX_HEADER_LENGTH : V9_HEADER_LENGTH;
    this.#end = this.#header;
  }

  /**
   * Adds a flow. Returns the datagram before it if the flow does not fit in.
   * @param exportMs when that datagram is sent, Unix milliseconds
   */
  add(row: Row, exportMs: number): Uint8Array | undefined {
    const template = this.#templateOf(row);
    let full: Uint8Array | undefined;
    if (this.#end + this.#needed(template) > DATAGRAM_BYTES) full = this.finish(exportMs);
    if (this.#isDue(template)) this.#declare(template);
    if (this.#setTemplate !== template) {
      this.#endSet();
      this.#set = this.#end;
      this.#setTemplate = template;
      this.#end += SET_HEADER;
    }
    for (let i = 0; i < template.columns.length; i++) {
      const { length } = template.fields[i]!;
      this.#write(template.columns[i]!, valueOf(row, template.columns[i]!.name), length);
      this.#end += length;
    }
    this.#records++;
    this.#sums.records++;
    this.#sums.bytes += BigInt(valueOf(row, "Bytes"));
    this.#sums.packets += BigInt(valueOf(row, "Packets"));
    return full;
  }

  /** The datagram that was begun; undefined if there is none. */
  finish(exportMs: number): Uint8Array | undefined {
    if (this.#records === 0) return undefined;
    this.#endSet();
    const seconds = Math.floor(exportMs / 1000);
    if (this.#isIpfix) writeIpfixHeader(this.#view, 0, this.#end, seconds, this.#sent >>> 0, this.#domain);
    else {
      this.#bootMs ??= exportMs;
      const upTimeMs = Math.max(0, exportMs - this.#bootMs) % 0x1_0000_0000;
      const count = this.#records + this.#declared;
      writeV9Header(this.#view, 0, count, upTimeMs, seconds, this.#datagrams >>> 0, this.#domain);
    }
    const datagram = this.#bytes.slice(0, this.#end);
    this.#sent += this.#records;
    this.#datagrams++;
    this.#records = this.#declared = 0;
    this.#end = this.#header;
    return datagram;
  }

  #templateOf(row: Row): RowTemplate {
    let key = "";
    const ip = familyOfFlow(row);
    const families = CARRIED.map(({ kind, name }) => (kind === "ip" ? familyOf(String(row[name])) : ip));
    for (const family of families) key += family;
    let template = this.#templates.get(key);
    if (template !== undefined) return template;
    const columns: CarriedColumn[] = [];
    const fields: TemplateField[] = [];
    CARRIED.forEach((column, i) => {
      const field = column.field(families[i]!);
      if (field === undefined) return;
      columns.push(column);
      fields.push(field);
    });
    const layout = { id: FIRST_TEMPLATE + this.#templates.size, fields };
    template = { ...layout, columns, bytes: recordBytes(layout), declared: -Infinity };
    this.#templates.set(key, template);
    return template;
  }

  #isDue({ declared }: RowTemplate): boolean {
    return declared === -Infinity || (this.#repeats && this.#datagrams - declared >= TEMPLATE_EVERY);
  }

  /** Bytes that a record needs, with the set and template before it and the padding after them. */
  #needed(template: RowTemplate): number {
    const declaring = this.#isDue(template) ? templateSetBytes([template]) + PADDING : 0;
    const set = this.#setTemplate === template && declaring === 0 ? 0 : SET_HEADER + PADDING;
    return declaring + set + template.bytes + PADDING;
  }

  #declare(template: RowTemplate): void {
    this.#endSet();
    const set = this.#isIpfix ? IPFIX_TEMPLATE_SET : V9_TEMPLATE_SET;
    this.#end = writeTemplateSet(this.#view, this.#end, set, [template]);
    template.declared = this.#datagrams;
    this.#declared++;
  }

  /** Pads the last set to a multiple of four bytes and writes its header. */
  #endSet(): void {
    const template = this.#setTemplate;
    if (template === undefined) return;
    while (((this.#end - this.#set) & 3) !== 0) this.#bytes[this.#end++] = 0;
    this.#view.setUint16(this.#set, template.id);
    this.#view.setUint16(this.#set + 2, this.#end - this.#set);
    this.#setTemplate = undefined;
  }

  #write({ kind, isLabel, numbers }: CarriedColumn, value: string | number, length: number): void {
    const at = this.#end;
    if (kind === "ip") {
      this.#bytes.set(parseIp(String(value))!.subarray(16 - length), at);
      return;
    }
    if (kind === "mac") {
      String(value)
        .split(":")
        .forEach((byte, i) => (this.#bytes[at + i] = Number.parseInt(byte, 16)));
      return;
    }
    let rest = kind === "ms" ? BigInt(Date.parse(String(value))) : BigInt(numbers.get(String(value)) ?? value);
    if (isLabel) rest <<= 4n;
    for (let i = length - 1; i >= 0; i--) {
      this.#bytes[at + i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
  }
}

/** The value of a column that is not a map. */
function valueOf(row: Row, column: string): string | number {
  return row[column] as string | number;
}

/** The family of an address as answers show it; 0 for `::`, which is no address. */
function familyOf(text: string): Family {
  if (text === "::") return 0;
  const bytes = parseIp(text);
  return bytes === undefined ? 0 : isMappedIpv4(bytes) ? 4 : 6;
}

/** The family whose elements a flow's other fields have. */
function familyOfFlow(row: Row): Family {
  return row["IpVersion"] === 6 ? 6 : 4;
}
