import { formatIpv4, formatIpv6 } from "@ngflow/base";
import type { MessageHeader, Protocol } from "./protocol.ts";

/** A header of `protocol` with every other field 0. */
export function newMessageHeader(protocol: Protocol): MessageHeader {
  return { protocol, ...EMPTY };
}

/** Changes the protocol of a header and sets every other field to 0. */
export function clearMessageHeader(header: MessageHeader, protocol: Protocol): void {
  header.protocol = protocol;
  header.count = header.length = header.sysUpTimeMs = header.exportSeconds = header.exportNanoseconds = 0;
  header.sequence = header.domain = header.agentOffset = header.agentLength = 0;
  header.samplingMode = header.samplingInterval = 0;
}

const EMPTY = {
  count: 0,
  length: 0,
  sysUpTimeMs: 0,
  exportSeconds: 0,
  exportNanoseconds: 0,
  sequence: 0,
  domain: 0,
  agentOffset: 0,
  agentLength: 0,
  samplingMode: 0,
  samplingInterval: 0,
};

/** The exporter's own address as text; empty when the header has none. */
export function agentOf(header: MessageHeader, bytes: Uint8Array): string {
  const { agentOffset, agentLength } = header;
  if (agentLength === 0) return "";
  return agentLength === 4 ? formatIpv4(bytes, agentOffset) : formatIpv6(bytes, agentOffset);
}
