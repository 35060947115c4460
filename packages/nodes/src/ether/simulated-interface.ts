import { E, type PacketBatch } from "@ngflow/base";
import type { EtherInterface, EtherInterfaceStats, EtherSink } from "./ether-interface.ts";

/** Where frames of a simulated interface end up. Batches are borrowed. */
export interface SimulatedEnds {
  /** Frames that leave the machine. */
  toWire?(batch: PacketBatch): void;
  /** Frames that the host's stack receives. */
  toHost?(batch: PacketBatch): void;
}

/**
 * An Ethernet interface without hardware, between a wire and a host that its owner plays: frames handed to `fromWire`
 * and `fromHost` take netgraph's way (reference: nodes.md §1.3), so partial connections cut traffic here as they do on
 * FreeBSD. Needs no privilege; feeds the demo and the tests.
 */
export class SimulatedInterface implements EtherInterface {
  readonly name: string;
  readonly index: number;
  mac: Uint8Array;
  promiscuous = false;
  readonly #ends: SimulatedEnds;
  readonly #groups = new Set<string>();
  #sink: EtherSink | undefined;
  #up = true;
  #seen = 0;

  constructor(name: string, index: number, mac: Uint8Array, ends: SimulatedEnds = {}) {
    this.name = name;
    this.index = index;
    this.mac = mac;
    this.#ends = ends;
  }

  /** Frames arriving from the wire; they are marked as received on this interface. */
  fromWire(batch: PacketBatch): void {
    this.#seen += batch.count;
    for (let i = 0; i < batch.count; i++) batch.rcvIfIndex[i] = this.index;
    if (this.#sink === undefined) this.#ends.toHost?.(batch);
    else this.#sink.received(batch);
  }

  /** Frames that the host sends. */
  fromHost(batch: PacketBatch): void {
    this.#seen += batch.count;
    if (this.#sink === undefined) this.#ends.toWire?.(batch);
    else this.#sink.sent(batch);
  }

  setUp(up: boolean): void {
    this.#up = up;
  }

  isUp(): boolean {
    return this.#up;
  }

  start(sink: EtherSink): void {
    this.#sink = sink;
  }

  stop(): void {
    this.#sink = undefined;
  }

  transmit(batch: PacketBatch): number {
    if (!this.#up) return E.ENETDOWN;
    this.#ends.toWire?.(batch);
    return 0;
  }

  inject(batch: PacketBatch): number {
    this.#ends.toHost?.(batch);
    return 0;
  }

  setPromiscuous(on: boolean): void {
    this.promiscuous = on;
  }

  setMac(mac: Uint8Array): void {
    this.mac = mac;
  }

  setMulticast(group: Uint8Array, on: boolean): void {
    const key = group.join(":");
    if (on) this.#groups.add(key);
    else this.#groups.delete(key);
  }

  stats(): EtherInterfaceStats {
    return { packetsSeen: this.#seen, packetsDropped: 0, freezes: 0 };
  }
}
