import { formatIpv4, formatIpv6, isMappedIpv4, setU32le, u16be, u16le, u32le } from "@ngflow/base";

/** Cookie and number of netflow's `show`, which has no ASCII form (reference: ng_netflow.md §2, §10). */
export const NETFLOW_COOKIE = 1365756954;
export const NETFLOW_SHOW = 0x30000003;

export type Family = 4 | 6;

/** Position at which a listing continues; bucket 0 at the beginning and at the end. */
export interface Position {
  readonly bucket: number;
  readonly position: number;
}

/** One flow of the cache. Times are not shown. */
export interface FlowEntry {
  readonly source: string;
  readonly destination: string;
  readonly nextHop: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: number;
  readonly tos: number;
  /** VLANs of the flow key, outermost first; 0 for none. Always 0 in FreeBSD and in profile freebsd. */
  readonly outerVlan: number;
  readonly innerVlan: number;
  readonly tcpFlags: number;
  readonly inputIndex: number;
  readonly outputIndex: number;
  readonly sourceMask: number;
  readonly destinationMask: number;
  readonly packets: bigint;
  readonly bytes: bigint;
}

export interface ShowReply {
  readonly family: number;
  readonly next: Position;
  readonly flows: readonly FlowEntry[];
}

const HEADER_BYTES = 16;
const LAYOUT = {
  4: { bytes: 72, address: 4, ports: 16, nextHop: 24, output: 28, counters: 32 },
  6: { bytes: 112, address: 16, ports: 40, nextHop: 48, output: 64, counters: 72 },
} as const;
const ADDRESSES_AT = 8;

export function encodeShowRequest(family: Family, { bucket, position }: Position): Uint8Array {
  const request = new Uint8Array(HEADER_BYTES);
  request[0] = family;
  setU32le(request, 4, bucket);
  setU32le(request, 8, position);
  return request;
}

/** @returns undefined when the reply is too short for its header or its entry count. */
export function decodeShowReply(data: Uint8Array): ShowReply | undefined {
  if (data.length < HEADER_BYTES) return undefined;
  const family = data[0]!;
  const count = u32le(data, 12);
  const next = { bucket: u32le(data, 4), position: u32le(data, 8) };
  if (family !== 4 && family !== 6) return { family, next, flows: [] };
  const size = LAYOUT[family].bytes;
  if (count > (data.length - HEADER_BYTES) / size) return undefined;
  const flows = Array.from({ length: count }, (_, i) => decodeEntry(data, HEADER_BYTES + i * size, family));
  return { family, next, flows };
}

function decodeEntry(data: Uint8Array, at: number, family: Family): FlowEntry {
  const layout = LAYOUT[family];
  const ports = at + layout.ports;
  const output = at + layout.output;
  const counters = at + layout.counters;
  return {
    source: address(data, at + ADDRESSES_AT, family),
    destination: address(data, at + ADDRESSES_AT + layout.address, family),
    nextHop: address(data, at + layout.nextHop, family),
    sourcePort: u16be(data, ports),
    destinationPort: u16be(data, ports + 2),
    protocol: data[ports + 4]!,
    tos: data[ports + 5]!,
    outerVlan: u16le(data, at + 2),
    innerVlan: u16le(data, at + 6),
    inputIndex: u16le(data, ports + 6),
    outputIndex: u16le(data, output),
    destinationMask: data[output + 2]!,
    sourceMask: data[output + 3]!,
    packets: u64(data, counters),
    bytes: u64(data, counters + 8),
    tcpFlags: data[counters + 32]!,
  };
}

function u64(data: Uint8Array, at: number): bigint {
  return (BigInt(u32le(data, at + 4)) << 32n) | BigInt(u32le(data, at));
}

function address(data: Uint8Array, at: number, family: Family): string {
  if (family === 4) return formatIpv4(data, at);
  return isMappedIpv4(data, at) ? `::ffff:${formatIpv4(data, at + 12)}` : formatIpv6(data, at);
}
