import { PacketBatch } from "@ngflow/base";
import type { HostInterface, HostInterfaceKind } from "./host-interface.ts";

const SHORTEST = { ethernet: 14, ip: 1 } as const;

/** An interface of a host that its owner plays: for dry runs and tests. */
export class SimulatedHostInterface implements HostInterface {
  readonly name: string;
  readonly index: number;
  /** What the owner of the host may change. */
  up = true;
  /**
   * Whether `up` is what the host says. False where the host's commands are not known: packets pass, and settings for
   * which the interface has to be down can be made.
   */
  known = true;
  link: boolean;
  mac = new Uint8Array(6);
  closed = false;
  readonly #shortest: number;
  readonly #toHost: (batch: PacketBatch) => void;
  #deliver: ((batch: PacketBatch) => void) | undefined;

  /** @param toHost gets what the host receives. */
  constructor(name: string, kind: HostInterfaceKind, index: number, toHost: (batch: PacketBatch) => void = () => {}) {
    this.name = name;
    this.index = index;
    this.#shortest = SHORTEST[kind];
    // As on Linux: a TUN has a carrier from the start.
    this.link = kind === "ip";
    this.#toHost = toHost;
  }

  /** Frames that the host sends. */
  fromHost(batch: PacketBatch): void {
    if (this.up && !this.closed) this.#deliver?.(batch);
  }

  isUp(): boolean {
    return this.up && this.known;
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
    for (let i = 0; i < batch.count; i++) if (batch.lengths[i]! >= this.#shortest) whole.pushFrom(batch, i);
    if (whole.count > 0) this.#toHost(whole);
    return batch.count - whole.count;
  }

  close(): void {
    this.closed = true;
  }
}
