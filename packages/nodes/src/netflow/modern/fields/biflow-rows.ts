import type { PacketBatch } from "@ngflow/base";
import type { ParsedPackets } from "@ngflow/wire/packet";
import type { Observation } from "../../flow-engine.ts";
import type { ObservationTable } from "../cache/observation-table.ts";

const ICMP = 1;
const ICMPV6 = 58;

/**
 * Turns the keys of parsed packets so that both directions of a conversation have the same one: the lower address (or
 * port) first, and the slot in the place of interfaces and direction. ICMP keeps its direction: its type is in the
 * port.
 */
export class BiflowRows {
  /** By row: 1 where source and destination have changed places. */
  readonly swapped: Uint8Array;
  /** By row: observation number. */
  readonly contexts: Uint16Array;

  constructor(capacity: number) {
    this.swapped = new Uint8Array(capacity);
    this.contexts = new Uint16Array(capacity);
  }

  /** What `hashPackets` puts into the key. */
  number(where: Observation): number {
    return where.slot;
  }

  turn(
    batch: PacketBatch,
    from: number,
    count: number,
    parsed: ParsedPackets,
    observations: ObservationTable,
    where: Observation,
  ): void {
    const { kind, addresses, ports, meta } = parsed;
    for (let k = 0; k < count; k++) {
      this.swapped[k] = 0;
      this.contexts[k] = observations.number(where, batch.rcvIfIndex[from + k]!);
      const protocol = meta[k]! & 0xff;
      if (kind[k]! < 0 || protocol === ICMP || protocol === ICMPV6) continue;
      const half = kind[k] === 4 ? 1 : 4;
      const row = 8 * k;
      let order = 0;
      for (let w = 0; w < half && order === 0; w++)
        order = (addresses[row + w]! >>> 0) - (addresses[row + half + w]! >>> 0);
      if (order === 0) order = (ports[k]! & 0xffff) - (ports[k]! >>> 16);
      if (order <= 0) continue;
      for (let w = 0; w < half; w++) {
        const word = addresses[row + w]!;
        addresses[row + w] = addresses[row + half + w]!;
        addresses[row + half + w] = word;
      }
      ports[k] = (ports[k]! << 16) | (ports[k]! >>> 16);
      this.swapped[k] = 1;
    }
  }
}
