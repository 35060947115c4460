import { formatIpv4, formatIpv6, type PacketBatch, u16be, u32be, uintBe } from "@ngflow/base";
import type { ExportOutlet } from "../flow-engine.ts";

/** A flow record as a collector sees it. Times are Unix milliseconds. */
export interface ReadRecord {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: number;
  readonly tos: number;
  readonly tcpFlags: number;
  readonly packets: number;
  readonly bytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Keeps copies of the datagrams that it is given. */
export class Collected implements ExportOutlet {
  readonly datagrams: Uint8Array[] = [];

  send(batch: PacketBatch): number {
    for (let i = 0; i < batch.count; i++) this.datagrams.push(batch.packet(i).slice());
    return 0;
  }
}

type Specifier = readonly [element: number, length: number];

/**
 * Reads datagrams of v5, v9 or IPFIX with nothing of the exporter's: templates come from the datagrams.
 * @throws Error where they break a rule: lengths, counts, sequence numbers, padding, data before its template.
 */
export function readRecords(datagrams: readonly Uint8Array[]): ReadRecord[] {
  const templates = new Map<number, Specifier[]>();
  const options = new Map<number, number>();
  const records: ReadRecord[] = [];
  let sequence = 0;
  for (const b of datagrams) {
    const version = u16be(b, 0);
    const before = records.length;
    if (version === 5) {
      check(u32be(b, 16) === sequence, "v5 flow sequence");
      readV5(b, records);
      sequence += records.length - before;
      continue;
    }
    check(version === 9 || version === 10, "version");
    const v9 = version === 9;
    check(u32be(b, v9 ? 12 : 8) === sequence, "sequence");
    if (!v9) check(u16be(b, 2) === b.length, "IPFIX message length");
    const bootMs = v9 ? u32be(b, 8) * 1000 - u32be(b, 4) : 0;
    let templateRecords = 0;
    let optionRecords = 0;
    let at = v9 ? 20 : 16;
    while (at < b.length) {
      const id = u16be(b, at);
      const length = u16be(b, at + 2);
      check(length >= 4 && length % 4 === 0 && at + length <= b.length, "set length");
      const end = at + length;
      if (id === (v9 ? 0 : 2)) templateRecords += readTemplates(b, at + 4, end, templates);
      else if (id === (v9 ? 1 : 3)) {
        options.set(u16be(b, at + 4), optionsLength(b, at + 4, v9));
        templateRecords++;
      } else if (options.has(id)) optionRecords += Math.floor((length - 4) / options.get(id)!);
      else {
        const template = templates.get(id);
        check(template !== undefined, `data of template ${id} before the template`);
        const size = template!.reduce((sum, [, bytes]) => sum + bytes, 0);
        let r = at + 4;
        for (; r + size <= end; r += size) records.push(readRecord(b, r, template!, bootMs));
        check(end - r < 4 && b.subarray(r, end).every((byte) => byte === 0), "padding");
      }
      at = end;
    }
    const count = records.length - before;
    if (v9) check(u16be(b, 2) === count + templateRecords + optionRecords, "v9 count");
    sequence += v9 ? 1 : count + optionRecords;
  }
  return records;
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`wrong ${what}`);
}

function readV5(b: Uint8Array, records: ReadRecord[]): void {
  const count = u16be(b, 2);
  check(b.length === 24 + 48 * count && count >= 1 && count <= 30, "v5 count");
  const bootMs = u32be(b, 8) * 1000 + Math.floor(u32be(b, 12) / 1e6) - u32be(b, 4);
  for (let r = 24; r < b.length; r += 48) {
    records.push({
      source: formatIpv4(b, r),
      destination: formatIpv4(b, r + 4),
      packets: u32be(b, r + 16),
      bytes: u32be(b, r + 20),
      firstMs: bootMs + u32be(b, r + 24),
      lastMs: bootMs + u32be(b, r + 28),
      sourcePort: u16be(b, r + 32),
      destinationPort: u16be(b, r + 34),
      tcpFlags: b[r + 37]!,
      protocol: b[r + 38]!,
      tos: b[r + 39]!,
    });
  }
}

/** Bytes of a record of the options template at `at`. */
function optionsLength(b: Uint8Array, at: number, v9: boolean): number {
  const fields = v9 ? (u16be(b, at + 2) + u16be(b, at + 4)) / 4 : u16be(b, at + 2);
  let sum = 0;
  for (let i = 0; i < fields; i++) sum += u16be(b, at + 6 + 4 * i + 2);
  return sum;
}

function readTemplates(b: Uint8Array, start: number, end: number, templates: Map<number, Specifier[]>): number {
  let count = 0;
  for (let at = start; at < end; count++) {
    const fields: Specifier[] = [];
    const id = u16be(b, at);
    const n = u16be(b, at + 2);
    at += 4;
    for (let i = 0; i < n; i++, at += 4) {
      const element = u16be(b, at);
      fields.push([element, u16be(b, at + 2)]);
      if ((element & 0x8000) !== 0) at += 4;
    }
    check(at <= end, "template length");
    templates.set(id, fields);
  }
  return count;
}

function readRecord(b: Uint8Array, start: number, template: readonly Specifier[], bootMs: number): ReadRecord {
  const values = new Map<number, number>();
  const addresses: string[] = [];
  let at = start;
  for (const [element, length] of template) {
    if (length === 16) addresses.push(formatIpv6(b, at));
    else if (element === 8 || element === 12) addresses.push(formatIpv4(b, at));
    else values.set(element, uintBe(b, at, length));
    at += length;
  }
  return {
    source: addresses[0]!,
    destination: addresses[1]!,
    sourcePort: values.get(7)!,
    // IPFIX has ICMP type and code in an element of their own.
    destinationPort: values.get(11)! || values.get(32) || values.get(139) || 0,
    protocol: values.get(4)!,
    tos: values.get(5)!,
    tcpFlags: values.get(6)!,
    packets: values.get(2)!,
    bytes: values.get(1)!,
    firstMs: values.get(152) ?? bootMs + values.get(22)!,
    lastMs: values.get(153) ?? bootMs + values.get(21)!,
  };
}
