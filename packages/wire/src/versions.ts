import { u16be } from "@ngflow/base";
import { decodeIpfix } from "./ipfix/decode.ts";
import type { FlowVersion, MessageDecoder, MessageHeader, MessageSink } from "./message.ts";
import { decodeV1 } from "./v1/decode.ts";
import { decodeV5 } from "./v5/decode.ts";
import { decodeV7 } from "./v7/decode.ts";
import { decodeV9 } from "./v9/decode.ts";

/** The decoder of every flow export version, by the number in the first two bytes of a datagram. */
export const DECODERS: { readonly [V in FlowVersion]: MessageDecoder } = {
  1: decodeV1,
  5: decodeV5,
  7: decodeV7,
  9: decodeV9,
  10: decodeIpfix,
};

/** Decodes one datagram of any version (a MessageDecoder). */
export function decodeMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
): void {
  if (end - start < 2) {
    sink.malformed("header-short", start);
    return;
  }
  const decoder = DECODERS[u16be(bytes, start) as FlowVersion] as MessageDecoder | undefined;
  if (decoder === undefined) sink.malformed("version-unknown", start);
  else decoder(bytes, start, end, header, sink);
}
