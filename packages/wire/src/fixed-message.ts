import { u16be } from "@ngflow/base";
import type { MessageHeader, MessageSink } from "./message.ts";
import type { Template } from "./template/template.ts";

/** Hands over the records of a fixed layout after checking the announced count against the bytes. */
export function fixedRecords(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
  headerLength: number,
  layout: Template,
): void {
  const count = u16be(bytes, start + 2);
  const first = start + headerLength;
  const last = first + count * layout.minLength;
  header.count = count;
  header.length = last - start;
  if (count === 0 || last > end) {
    sink.malformed("count-invalid", start + 2);
    return;
  }
  sink.header(header);
  sink.records(layout, first, last);
  if (last < end) sink.malformed("trailing-bytes", last);
}
