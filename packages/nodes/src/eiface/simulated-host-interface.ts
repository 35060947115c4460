import type { PacketBatch } from "@ngflow/graph";
import type { HostInterface } from "./host-interface.ts";

/** An interface of a host that its owner plays: for dry runs and tests. */
export class SimulatedHostInterface implements HostInterface {
  readonly name: string;
  /** What the owner of the host may change. */
  up = true;
  link = false;
  mac = new Uint8Array(6);
  closed = false;
  private readonly toHost: (batch: PacketBatch) => void;
  private deliver: ((batch: PacketBatch) => void) | undefined;

  /** @param toHost hears what the host receives. */
  constructor(name: string, toHost: (batch: PacketBatch) => void = () => {}) {
    this.name = name;
    this.toHost = toHost;
  }

  /** Frames that the host sends. */
  fromHost(batch: PacketBatch): void {
    if (this.up && !this.closed) this.deliver?.(batch);
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

  start(deliver: (batch: PacketBatch) => void): void {
    this.deliver = deliver;
  }

  write(batch: PacketBatch): number {
    if (!this.up) return batch.count;
    this.toHost(batch);
    return 0;
  }

  close(): void {
    this.closed = true;
  }
}
