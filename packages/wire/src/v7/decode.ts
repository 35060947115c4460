import { u32be } from "@ngflow/base";
import { fixedRecords } from "../fixed-message.ts";
import type { MessageHeader, MessageSink } from "../message.ts";
import { V7_HEADER_LENGTH, V7_RECORD } from "./layout.ts";

/** Decodes a NetFlow v7 datagram (a MessageDecoder). */
export function decodeV7(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
): void {
  if (end - start < V7_HEADER_LENGTH) {
    sink.malformed("header-short", start);
    return;
  }
  header.version = 7;
  header.sysUpTimeMs = u32be(bytes, start + 4);
  header.exportSeconds = u32be(bytes, start + 8);
  header.exportNanoseconds = u32be(bytes, start + 12);
  header.sequence = u32be(bytes, start + 16);
  header.domain = 0;
  header.samplingMode = 0;
  header.samplingInterval = 0;
  fixedRecords(bytes, start, end, header, sink, V7_HEADER_LENGTH, V7_RECORD);
}
