import type { PacketBatch } from "@ngflow/base";
import type { ParsedPackets } from "@ngflow/wire/packet";
import type { Observation } from "../../flow-engine.ts";
import type { FlowTable } from "./flow-table.ts";

/** Gives the upper half of the last key word: 16 bits of where a packet was seen. */
export interface ContextSource {
  number(where: Observation, rcvIfIndex: number): number;
}

/** Completes the keys of a group with interfaces and direction, and hashes them. */
export function hashPackets(
  batch: PacketBatch,
  from: number,
  count: number,
  parsed: ParsedPackets,
  contexts: ContextSource,
  where: Observation,
  hashes: Int32Array,
): void {
  const { kind, addresses, ports, meta, vlans } = parsed;
  const { rcvIfIndex } = batch;
  let lastIf = rcvIfIndex[from]!;
  let context = contexts.number(where, lastIf) << 16;
  for (let k = 0; k < count; k++) {
    const version = kind[k]!;
    if (version < 0) continue;
    if (rcvIfIndex[from + k]! !== lastIf) {
      lastIf = rcvIfIndex[from + k]!;
      context = contexts.number(where, lastIf) << 16;
    }
    const m = meta[k]! | context;
    meta[k] = m;
    let h = Math.imul(addresses[8 * k]! ^ 0x2545f491, -1640531535);
    h = Math.imul((h ^ (h >>> 15)) + addresses[8 * k + 1]!, -2048144777);
    if (version === 6) {
      for (let w = 2; w < 8; w++) h = Math.imul((h ^ (h >>> 15)) + addresses[8 * k + w]!, -2048144777);
    }
    h = Math.imul((h ^ (h >>> 13)) + ports[k]!, -1028477379);
    h = Math.imul((h ^ (h >>> 16)) + m + Math.imul(vlans[k]!, -1640531535), 668265263);
    hashes[k] = h ^ (h >>> 15);
  }
}

/**
 * Loads what the update of a group will need: first every index slot, then every record, so that the misses overlap.
 * @param slots room for one number a packet
 * @returns a number that depends on the loads, which keeps them alive
 */
export function touchRecords(
  kind: Int8Array,
  count: number,
  hashes: Int32Array,
  slots: Int32Array,
  table4: FlowTable,
  table6: FlowTable,
): number {
  const index4 = table4.index;
  const index6 = table6.index;
  const shift4 = table4.indexShift;
  const shift6 = table6.indexShift;
  for (let k = 0; k < count; k++) {
    slots[k] = kind[k] === 6 ? index6[hashes[k]! >>> shift6]! : index4[hashes[k]! >>> shift4]!;
  }
  const words4 = table4.words;
  const words6 = table6.words;
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const id = slots[k]! & 0xffffff;
    sum = (sum + (kind[k] === 6 ? words6[table6.at(id) + 10]! : words4[table4.at(id) + 4]!)) | 0;
  }
  return sum;
}
