import { PacketBatch } from "@ngflow/base";
import type { HostInterface } from "./host-interface.ts";

const ETHERNET_HEADER_BYTES = 14;

/** An interface of a host that its owner plays: for dry runs and tests. */
export class SimulatedHostInterface implements HostInterface {
  readonly name: string;
  /** What the owner of the host may change. */
  up = true;
  link = false;
  mac = new Uint8Array(6);
  closed = false;
  readonly #toHost: (batch: PacketBatch) => void;
  #deliver: ((batch: PacketBatch) => void) | undefined;

  /** @param toHost gets what the host receives. */
  constructor(name: string, toHost: (batch: PacketBatch) => void = () => {}) {
    this.name = name;
    this.#toHost = toHost;
  }

  /** Frames that the host sends. */
  fromHost(batch: PacketBatch): void {
    if (this.up && !this.closed) this.#deliver?.(batch);
  }

  isUp(): boolean {
    return this.up;
  }

  setLink(on: boolean): void {
    this.link = on;
  }

  setMac(mac: Uint8Array): void {
    this.mac = mac.slice();
  }

  readMac(): Uint8Array {
    return this.mac;
  }

  start(deliver: (batch: PacketBatch) => void): void {
    this.#deliver = deliver;
  }

  write(batch: PacketBatch): number {
    if (!this.up) return batch.count;
    const whole = new PacketBatch(batch.count, batch.buffer);
    for (let i = 0; i < batch.count; i++) if (batch.lengths[i]! >= ETHERNET_HEADER_BYTES) whole.pushFrom(batch, i);
    if (whole.count > 0) this.#toHost(whole);
    return batch.count - whole.count;
  }

  close(): void {
    this.closed = true;
  }
}
