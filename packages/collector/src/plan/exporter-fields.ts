import type { Template } from "@ngflow/wire";

/**
 * Where the records of a template name their exporter: exporterIPv4Address and exporterIPv6Address (IANA elements 130
 * and 131). In options records only a scope does: other fields say something about the exporter that sends.
 */
export interface ExporterFields {
  /** Positions in the template, -1 for none. */
  readonly field4: number;
  readonly field6: number;
  /** Offsets from the start of the record, or those of the current record where lengths vary. */
  at4: number;
  at6: number;
}

/** The exporter of a template's records; undefined where they name none. */
export function exporterFields({ fields, options, scopeCount }: Template): ExporterFields | undefined {
  const most = options ? scopeCount : fields.length;
  const place = (name: string, length: number): number => {
    const at = fields.findIndex((field) => field.element?.name === name && field.length === length);
    return at < most ? at : -1;
  };
  const field4 = place("exporterIPv4Address", 4);
  const field6 = place("exporterIPv6Address", 16);
  if (field4 < 0 && field6 < 0) return undefined;
  const before = (field: number): number => fields.slice(0, Math.max(0, field)).reduce((sum, f) => sum + f.length, 0);
  return { field4, field6, at4: before(field4), at6: before(field6) };
}

/** Points at the fields of the current record, which starts at `start`. */
export function pointExporter(exporter: ExporterFields, start: number, offsets: Int32Array): void {
  if (exporter.field4 >= 0) exporter.at4 = offsets[exporter.field4]! - start;
  if (exporter.field6 >= 0) exporter.at6 = offsets[exporter.field6]! - start;
}

/**
 * Reads the exporter of the record at `o` into four little-endian words, as the batch holds addresses. False where it
 * is zero: the record names none. IPv4 comes first.
 */
export function readExporter(b: Uint8Array, o: number, exporter: ExporterFields, words: Uint32Array): boolean {
  if (exporter.field4 >= 0) {
    const word = wordAt(b, o + exporter.at4);
    if (word !== 0) {
      words[0] = words[1] = 0;
      words[2] = 0xffff0000;
      words[3] = word;
      return true;
    }
  }
  if (exporter.field6 < 0) return false;
  for (let i = 0; i < 4; i++) words[i] = wordAt(b, o + exporter.at6 + 4 * i);
  return (words[0]! | words[1]! | words[2]! | words[3]!) !== 0;
}

/** Of `count` records from `o` on, `stride` bytes apart, how many have the same exporter as the first. */
export function sameExporter(
  b: Uint8Array,
  o: number,
  stride: number,
  count: number,
  { field4, field6, at4, at6 }: ExporterFields,
): number {
  for (let i = 1, p = o + stride; i < count; i++, p += stride) {
    if (field4 >= 0 && !isSame(b, o + at4, p + at4, 4)) return i;
    if (field6 >= 0 && !isSame(b, o + at6, p + at6, 16)) return i;
  }
  return count;
}

function isSame(b: Uint8Array, one: number, other: number, length: number): boolean {
  for (let k = 0; k < length; k++) if (b[one + k] !== b[other + k]) return false;
  return true;
}

function wordAt(b: Uint8Array, p: number): number {
  return b[p]! | (b[p + 1]! << 8) | (b[p + 2]! << 16) | (b[p + 3]! << 24);
}
