import type { PacketBatch } from "@ngflow/base";
import type { EtherInterface, EtherInterfaceStats, EtherSink, SimulatedEnds } from "@ngflow/nodes";

/** A simulated interface that only observes: frames pass, and its node receives copies. */
export class ObservedInterface implements EtherInterface {
  readonly name: string;
  readonly index: number;
  readonly mac: Uint8Array;
  readonly #ends: SimulatedEnds;
  #sink: EtherSink | undefined;
  #seen = 0;

  constructor(name: string, index: number, mac: Uint8Array, ends: SimulatedEnds) {
    this.name = name;
    this.index = index;
    this.mac = mac;
    this.#ends = ends;
  }

  /** Frames arriving from the wire. */
  fromWire(batch: PacketBatch): void {
    this.#seen += batch.count;
    this.#ends.toHost?.(batch);
    this.#sink?.received(batch);
  }

  /** Frames that the host sends. */
  fromHost(batch: PacketBatch): void {
    this.#seen += batch.count;
    this.#ends.toWire?.(batch);
    this.#sink?.sent(batch);
  }

  isUp(): boolean {
    return true;
  }

  start(sink: EtherSink): void {
    this.#sink = sink;
  }

  stop(): void {
    this.#sink = undefined;
  }

  setPromiscuous(): void {}

  setMulticast(): void {}

  stats(): EtherInterfaceStats {
    return { packetsSeen: this.#seen, packetsDropped: 0, freezes: 0 };
  }
}
