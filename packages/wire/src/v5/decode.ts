import { u16be, u32be } from "@ngflow/base";
import { fixedRecords } from "../fixed-message.ts";
import type { MessageHeader, MessageSink } from "../message.ts";
import { V5_HEADER_LENGTH, V5_RECORD } from "./layout.ts";

/** Decodes a NetFlow v5 datagram (a MessageDecoder). A datagram that announces more than it holds is refused whole. */
export function decodeV5(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
): void {
  if (end - start < V5_HEADER_LENGTH) {
    sink.malformed("header-short", start);
    return;
  }
  header.version = 5;
  header.sysUpTimeMs = u32be(bytes, start + 4);
  header.exportSeconds = u32be(bytes, start + 8);
  header.exportNanoseconds = u32be(bytes, start + 12);
  header.sequence = u32be(bytes, start + 16);
  header.domain = u16be(bytes, start + 20);
  const sampling = u16be(bytes, start + 22);
  header.samplingMode = sampling >>> 14;
  header.samplingInterval = sampling & 0x3fff;
  fixedRecords(bytes, start, end, header, sink, V5_HEADER_LENGTH, V5_RECORD);
}
