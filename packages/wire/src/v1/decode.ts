import { u16be, u32be } from "@ngflow/base";
import { fixedRecords } from "../fixed-message.ts";
import type { MessageHeader, MessageSink } from "../message.ts";
import { V1_HEADER_LENGTH, V1_RECORD, V1_SHORT_RECORD } from "./layout.ts";

/** Decodes a NetFlow v1 datagram (a MessageDecoder); the length of the records follows from that of the datagram. */
export function decodeV1(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
): void {
  if (end - start < V1_HEADER_LENGTH) {
    sink.malformed("header-short", start);
    return;
  }
  header.version = 1;
  header.sysUpTimeMs = u32be(bytes, start + 4);
  header.exportSeconds = u32be(bytes, start + 8);
  header.exportNanoseconds = u32be(bytes, start + 12);
  header.sequence = 0;
  header.domain = 0;
  header.samplingMode = 0;
  header.samplingInterval = 0;
  const layout = v1Layout(u16be(bytes, start + 2), end - start);
  fixedRecords(bytes, start, end, header, sink, V1_HEADER_LENGTH, layout);
}

/** The record layout that `count` records in `length` bytes use: the long one where it fits. */
function v1Layout(count: number, length: number): typeof V1_RECORD {
  return V1_HEADER_LENGTH + count * V1_RECORD.minLength <= length ? V1_RECORD : V1_SHORT_RECORD;
}
