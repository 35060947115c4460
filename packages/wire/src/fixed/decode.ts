import { u16be, u32be } from "@ngflow/base";
import type { MessageDecoder } from "../protocol.ts";
import type { Template } from "../template/template.ts";
import type { FixedLayout } from "./layout.ts";

/**
 * The decoder of a fixed layout. Of a datagram that announces more records than it contains, as one that was cut, the
 * whole records are read, and `count-invalid` is reported; one without a whole record is refused.
 */
export function fixedDecoder(layout: FixedLayout): MessageDecoder {
  const { headerLength, sequence, engine } = layout;
  return (bytes, start, end, header, sink) => {
    if (end - start < headerLength) {
      sink.malformed("header-short", start);
      return;
    }
    header.count = u16be(bytes, start + 2);
    header.sysUpTimeMs = u32be(bytes, start + 4);
    header.exportSeconds = u32be(bytes, start + 8);
    header.exportNanoseconds = u32be(bytes, start + 12);
    header.sequence = sequence ? u32be(bytes, start + 16) : 0;
    header.domain = engine ? u16be(bytes, start + 20) : 0;
    const sampling = engine ? u16be(bytes, start + 22) : 0;
    header.samplingMode = sampling >>> 14;
    header.samplingInterval = sampling & 0x3fff;
    const record = recordOf(layout, header.count, end - start);
    const first = start + headerLength;
    const announced = first + header.count * record.minLength;
    const whole = Math.min(header.count, Math.floor((end - first) / record.minLength));
    const last = first + whole * record.minLength;
    header.length = announced - start;
    if (whole === 0) {
      sink.malformed("count-invalid", start + 2);
      return;
    }
    if (!sink.header(header)) return;
    sink.flows(record, bytes, first, last);
    if (announced > end) sink.malformed("count-invalid", start + 2);
    else if (last < end) sink.malformed("trailing-bytes", last);
  };
}

/** The layout of `count` records in a datagram of `length` bytes: the longest that fits. */
function recordOf({ headerLength, records }: FixedLayout, count: number, length: number): Template {
  for (const record of records) if (headerLength + count * record.minLength <= length) return record;
  return records.at(-1)!;
}

/**
 * Where the datagram at `start` ends when others follow it without a frame: after its count of records. With several
 * layouts of records it is the one that ends with the bytes or before the next header, else the shortest.
 */
export function fixedEnd({
  version,
  headerLength,
  records,
}: FixedLayout): (bytes: Uint8Array, start: number) => number {
  return (bytes, start) => {
    const count = u16be(bytes, start + 2);
    let end = 0;
    for (const { minLength } of records) {
      end = start + headerLength + count * minLength;
      if (end === bytes.length || (end + 2 <= bytes.length && u16be(bytes, end) === version)) break;
    }
    return end;
  };
}
