import { LINK_ETHERNET, type PacketBatch } from "@ngflow/base";
import { enterTunnel, mayBeTunnel, type ParsedPackets, parsePacket, TunnelEntry } from "@ngflow/wire/packet";

/** Tunnels within tunnels that are followed. */
const DEPTH_MAX = 4;

/** Parses what GRE, VXLAN and IP in IP carry in the place of the outer packet. */
export class TunnelRows {
  /** Packets metered by an inner header. */
  entered = 0;
  /** By row: offset of the inner IP header's packet, 0 for a row that is not from a tunnel. */
  readonly ipAt: Uint32Array;
  readonly segmentTypes: Uint8Array;
  readonly segments: Uint32Array;
  readonly #entry = new TunnelEntry();

  constructor(capacity: number) {
    this.ipAt = new Uint32Array(capacity);
    this.segmentTypes = new Uint8Array(capacity);
    this.segments = new Uint32Array(capacity);
  }

  /**
   * Looks through rows 0 to `count - 1`, packets from `from` on; an inner packet that cannot be metered leaves its
   * outer one.
   */
  parse(batch: PacketBatch, view: DataView, from: number, count: number, linkType: number, out: ParsedPackets): void {
    const { kind, meta, ports, vlans } = out;
    const { ipAt, segmentTypes, segments } = this;
    const entry = this.#entry;
    const { buffer } = batch;
    for (let k = 0; k < count; k++) {
      ipAt[k] = 0;
      segmentTypes[k] = 0;
      segments[k] = 0;
      let at = batch.offsets[from + k]!;
      const end = at + batch.lengths[from + k]!;
      let wire = batch.wireLengths[from + k]!;
      let ethernet = linkType === LINK_ETHERNET;
      // The VLANs are those of the frame, not of an Ethernet frame inside of it.
      const outerVlans = vlans[k]!;
      for (let depth = 0; depth < DEPTH_MAX && kind[k]! > 0 && mayBeTunnel(meta[k]! & 0xff, ports[k]!); depth++) {
        if (!enterTunnel(buffer, view, at, end, ethernet, entry)) break;
        const innerWire = wire - (entry.at - at);
        parsePacket(buffer, view, entry.at, end - entry.at, innerWire, entry.ethernet, k, out);
        if (kind[k]! < 0) {
          parsePacket(buffer, view, at, end - at, wire, ethernet, k, out);
          break;
        }
        at = entry.at;
        wire = innerWire;
        ethernet = entry.ethernet;
        ipAt[k] = out.ipAt;
        if (entry.segmentType !== 0) {
          segmentTypes[k] = entry.segmentType;
          segments[k] = entry.segment;
        }
      }
      if (ipAt[k] === 0) continue;
      vlans[k] = outerVlans;
      this.entered++;
    }
  }
}
