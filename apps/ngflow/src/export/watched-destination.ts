import type { PacketBatch } from "@ngflow/base";
import type { Destination } from "./destination.ts";
import type { LargestFlows } from "./largest-flows.ts";

/** A destination whose datagrams are looked at first. */
export class WatchedDestination implements Destination {
  readonly #destination: Destination;
  readonly #largest: LargestFlows;

  constructor(destination: Destination, largest: LargestFlows) {
    this.#destination = destination;
    this.#largest = largest;
  }

  get sendErrors(): number {
    return this.#destination.sendErrors;
  }

  get refused(): number {
    return this.#destination.refused;
  }

  send(batch: PacketBatch): number {
    this.#largest.look(batch);
    return this.#destination.send(batch);
  }

  ready(): Promise<void> | undefined {
    return this.#destination.ready();
  }

  close(): Promise<void> {
    return this.#destination.close();
  }

  discard(): void {
    this.#destination.discard();
  }
}
