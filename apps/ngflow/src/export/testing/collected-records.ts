import { type PacketBatch, toHex, u16be } from "@ngflow/base";
import type { Destination } from "../destination.ts";
import { type FlowPlaces, readTemplate } from "../template-fields.ts";

const V9_HEADER = 20;
const IPFIX_HEADER = 16;

/** Keeps the flow records of datagrams of v9 and IPFIX, each as hexadecimal digits. */
export class CollectedRecords implements Destination {
  readonly sendErrors = 0;
  readonly refused = 0;
  readonly records: string[] = [];
  /** Source ids, or observation domains. */
  readonly domains = new Set<number>();
  readonly #templates = new Map<number, FlowPlaces>();

  send(batch: PacketBatch): number {
    for (let i = 0; i < batch.count; i++) this.#read(batch.packet(i).slice());
    return 0;
  }

  ready(): undefined {
    return undefined;
  }

  async close(): Promise<void> {}

  discard(): void {}

  #read(datagram: Uint8Array): void {
    const header = u16be(datagram, 0) === 9 ? V9_HEADER : IPFIX_HEADER;
    this.domains.add(u16be(datagram, header - 2));
    for (let at: number = header; datagram.length - at >= 4;) {
      const set = u16be(datagram, at);
      const end = at + u16be(datagram, at + 2);
      if (set === 0 || set === 2) this.#learn(datagram, at + 4, end);
      const places = this.#templates.get(set);
      if (places !== undefined) {
        for (let r = at + 4; r + places.recordBytes <= end; r += places.recordBytes) {
          this.records.push(`${set} ${toHex(datagram, r, r + places.recordBytes)}`);
        }
      }
      at = end;
    }
  }

  #learn(datagram: Uint8Array, at: number, end: number): void {
    while (end - at >= 4) {
      const { places, next } = readTemplate(datagram, at + 4, u16be(datagram, at + 2), end);
      if (places !== undefined) this.#templates.set(u16be(datagram, at), places);
      at = next;
    }
  }
}
