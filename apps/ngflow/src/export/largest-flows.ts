import { formatIpv4, formatIpv6, type PacketBatch, u16be, u32be, u8 } from "@ngflow/base";
import { type FlowPlaces, readTemplate, V5_PLACES } from "./template-fields.ts";

/** Flow records that are kept. */
const KEPT = 5;
const V5_HEADER = 24;
const V9_HEADER = 20;
const IPFIX_HEADER = 16;
const FIRST_DATA_SET = 256;
const NAMES: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6", 132: "sctp" };
const ICMP = 1;
const ICMPV6 = 58;

/** A flow record as a person reads it. */
export interface LargeFlow {
  /** `tcp 192.0.2.1:443 > 198.51.100.7:51234`. */
  readonly text: string;
  readonly bytes: number;
}

/**
 * The exported flow records with the most bytes, read from the datagrams on their way out. A record costs one
 * comparison of its byte count; only those that are among the largest so far are read further.
 */
export class LargestFlows {
  #flows: LargeFlow[] = [];
  /** Bytes above which a record is among them. */
  #least = 0;
  readonly #templates = new Map<number, FlowPlaces>();

  /** The largest first. Of equals, the first exported. */
  get flows(): readonly LargeFlow[] {
    return this.#flows;
  }

  /** Looks at datagrams of NetFlow v5, v9 or IPFIX. */
  look(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const at = batch.offsets[i]!;
      this.#datagram(batch.buffer, at, at + batch.lengths[i]!);
    }
  }

  /** The largest of several lists. */
  static merged(lists: readonly (readonly LargeFlow[])[]): readonly LargeFlow[] {
    return lists
      .flat()
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, KEPT);
  }

  #datagram(buffer: Uint8Array, at: number, end: number): void {
    const version = u16be(buffer, at);
    if (version === 5) {
      this.#records(buffer, at + V5_HEADER, end, V5_PLACES);
      return;
    }
    const templates = version === 9 ? 0 : 2;
    at += version === 9 ? V9_HEADER : IPFIX_HEADER;
    while (end - at >= 4) {
      const set = u16be(buffer, at);
      const next = at + u16be(buffer, at + 2);
      if (next <= at || next > end) return;
      if (set === templates) this.#learn(buffer, at + 4, next);
      else if (set >= FIRST_DATA_SET) {
        const places = this.#templates.get(set);
        if (places !== undefined) this.#records(buffer, at + 4, next, places);
      }
      at = next;
    }
  }

  #learn(buffer: Uint8Array, at: number, end: number): void {
    while (end - at >= 4) {
      const id = u16be(buffer, at);
      const { places, next } = readTemplate(buffer, at + 4, u16be(buffer, at + 2), end);
      if (places !== undefined) this.#templates.set(id, places);
      at = next;
    }
  }

  #records(buffer: Uint8Array, at: number, end: number, places: FlowPlaces): void {
    const { recordBytes, octetsAt, octetsBytes, reverseAt } = places;
    for (let r = at; r + recordBytes <= end; r += recordBytes) {
      let bytes = octets(buffer, r + octetsAt, octetsBytes);
      if (reverseAt >= 0) bytes += octets(buffer, r + reverseAt, octetsBytes);
      if (bytes > this.#least) this.#keep({ text: describe(buffer, r, places), bytes });
    }
  }

  #keep(flow: LargeFlow): void {
    this.#flows = LargestFlows.merged([this.#flows, [flow]]) as LargeFlow[];
    if (this.#flows.length === KEPT) this.#least = this.#flows[KEPT - 1]!.bytes;
  }
}

function octets(buffer: Uint8Array, at: number, bytes: number): number {
  return bytes === 8 ? u32be(buffer, at) * 4294967296 + u32be(buffer, at + 4) : u32be(buffer, at);
}

function describe(buffer: Uint8Array, r: number, places: FlowPlaces): string {
  const protocol = places.protocolAt < 0 ? -1 : u8(buffer, r + places.protocolAt);
  const name = NAMES[protocol] ?? (protocol < 0 ? "ip" : `protocol ${protocol}`);
  const isIcmp = protocol === ICMP || protocol === ICMPV6;
  const end = (addressAt: number, portAt: number): string => {
    const isIpv4 = places.addressBytes === 4;
    const address = isIpv4 ? formatIpv4(buffer, r + addressAt) : formatIpv6(buffer, r + addressAt);
    const port = portAt < 0 || isIcmp ? 0 : u16be(buffer, r + portAt);
    if (port === 0) return address;
    return isIpv4 ? `${address}:${port}` : `[${address}]:${port}`;
  };
  const source = end(places.sourceAt, places.sourcePortAt);
  return `${name} ${source} > ${end(places.destinationAt, places.destinationPortAt)}`;
}
