import { u16be } from "@ngflow/base";
import { fixedDecoder, fixedEnd } from "./fixed/decode.ts";
import { type FixedLayout, V1, V5, V7 } from "./fixed/layout.ts";
import { decodeIpfix } from "./ipfix/decode.ts";
import { ipfixEnd } from "./ipfix/end.ts";
import { clearMessageHeader } from "./message-header.ts";
import type { MessageHeader, MessageSink, Protocol } from "./protocol.ts";
import { decodeSflow, isSflow, SFLOW_VERSION } from "./sflow/decode.ts";
import { sflowEnd } from "./sflow/end.ts";
import { decodeV9 } from "./v9/decode.ts";
import { v9End } from "./v9/end.ts";

const NETFLOW_PORT = 2055;
const IPFIX_PORT = 4739;

/** Recognises datagrams that begin with a 16-bit version number, as those of NetFlow and IPFIX do. */
function version16(version: number): Protocol["matches"] {
  return (bytes, start, end) => end - start >= 2 && u16be(bytes, start) === version;
}

/** The fields of a row that follow from a fixed layout. */
function fixed(layout: FixedLayout): Pick<Protocol, "number" | "version" | "matches" | "decode" | "end"> {
  const { version } = layout;
  return {
    number: version,
    version,
    matches: version16(version),
    decode: fixedDecoder(layout),
    end: fixedEnd(layout),
  };
}

/** Facts in the v5 header that apply to all its records. */
function v5Facts({ domain, samplingMode, samplingInterval }: MessageHeader): Readonly<Record<string, number>> {
  return { engineType: domain >>> 8, engineId: domain & 0xff, samplingAlgorithm: samplingMode, samplingInterval };
}

/** Every supported export protocol. All code that lists protocols reads this table. */
export const PROTOCOLS: readonly Protocol[] = [
  {
    ...fixed(V1),
    name: "v1",
    label: "NetFlow v1",
    port: NETFLOW_PORT,
    exportTime: true,
    domain: null,
    sequence: null,
    counters: [["datagramsV1", "NetFlow v1 datagrams."]],
  },
  {
    ...fixed(V5),
    name: "v5",
    label: "NetFlow v5",
    port: NETFLOW_PORT,
    exportTime: true,
    domain: "engine type × 256 + engine id",
    sequence: "records",
    facts: v5Facts,
    counters: [["datagramsV5", "NetFlow v5 datagrams."]],
  },
  {
    ...fixed(V7),
    name: "v7",
    label: "NetFlow v7",
    port: NETFLOW_PORT,
    exportTime: true,
    domain: null,
    sequence: "records",
    counters: [["datagramsV7", "NetFlow v7 datagrams."]],
  },
  {
    number: 9,
    version: 9,
    name: "v9",
    label: "NetFlow v9",
    port: NETFLOW_PORT,
    matches: version16(9),
    decode: decodeV9,
    end: v9End,
    exportTime: true,
    domain: "source id",
    sequence: "datagrams",
    counters: [["datagramsV9", "NetFlow v9 datagrams."]],
  },
  {
    number: 10,
    version: 10,
    name: "ipfix",
    label: "IPFIX",
    port: IPFIX_PORT,
    matches: version16(10),
    decode: decodeIpfix,
    end: ipfixEnd,
    exportTime: true,
    domain: "observation domain",
    sequence: "records",
    counters: [["datagramsIpfix", "IPFIX messages."]],
  },
  {
    number: 105,
    version: SFLOW_VERSION,
    name: "sflow",
    label: "sFlow v5",
    port: 6343,
    matches: isSflow,
    decode: decodeSflow,
    end: sflowEnd,
    exportTime: false,
    domain: "sub-agent",
    sequence: "datagrams",
    counters: [
      ["datagramsSflow", "sFlow v5 datagrams."],
      ["sflowFlowSamples", "Flow samples of sFlow: a sampled packet each."],
      ["sflowCounterSamples", "Counter samples of sFlow."],
      ["sflowDiscardedPackets", "Samples of sFlow that describe a packet the exporter discarded."],
      ["sflowSamplesSkipped", "Samples of sFlow in a format that is not read."],
      ["sflowRecordsSkipped", "Records in samples of sFlow in a format that is not read."],
    ],
  },
];

/** The protocol of the datagram in `bytes[start, end)`; undefined when it is not one of the table. */
export function protocolOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  protocols: readonly Protocol[] = PROTOCOLS,
): Protocol | undefined {
  for (const protocol of protocols) if (protocol.matches(bytes, start, end)) return protocol;
  return undefined;
}

/**
 * Decodes one datagram of any protocol of the table (a MessageDecoder). The protocol of the last datagram, which
 * `header` still has, is tried first, because it is usually the same.
 */
export function decodeMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: MessageHeader,
  sink: MessageSink,
  protocols: readonly Protocol[] = PROTOCOLS,
): void {
  if (end - start < 2) {
    sink.malformed("header-short", start);
    return;
  }
  const last = header.protocol;
  const protocol = last.matches(bytes, start, end) ? last : protocolOf(bytes, start, end, protocols);
  if (protocol === undefined) {
    sink.malformed("version-unknown", start);
    return;
  }
  if (header.protocol !== protocol) clearMessageHeader(header, protocol);
  protocol.decode(bytes, start, end, header, sink);
}
