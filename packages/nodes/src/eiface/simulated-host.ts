import { NgError } from "@ngflow/graph";
import { type PacketBatch } from "@ngflow/base";
import type { OpenHostInterface } from "./host-interface.ts";
import { SimulatedHostInterface } from "./simulated-host-interface.ts";

/** A host whose interfaces its owner plays: for dry runs and tests. */
export class SimulatedHost {
  /** Interfaces by name, removed ones included until their name is used again. */
  readonly interfaces = new Map<string, SimulatedHostInterface>();
  readonly #arrived: (name: string, batch: PacketBatch) => void;

  /** @param arrived gets what the host receives, and on which interface. */
  constructor(arrived: (name: string, batch: PacketBatch) => void = () => {}) {
    this.#arrived = arrived;
  }

  /** Makes an interface. @throws NgError EEXIST when the name is taken. */
  readonly open: OpenHostInterface = (name) => {
    if (this.interfaces.get(name)?.closed === false) throw new NgError("EEXIST");
    const made = new SimulatedHostInterface(name, (batch) => this.#arrived(name, batch));
    this.interfaces.set(name, made);
    return made;
  };
}
