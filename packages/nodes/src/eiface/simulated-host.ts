import { NgError } from "@ngflow/graph";
import { type PacketBatch } from "@ngflow/base";
import type { OpenHostInterface } from "./host-interface.ts";
import { SimulatedHostInterface } from "./simulated-host-interface.ts";

/** A host whose interfaces its owner plays: for dry runs and tests. */
export class SimulatedHost {
  /** Interfaces by name, removed ones included until their name is used again. */
  readonly interfaces = new Map<string, SimulatedHostInterface>();
  readonly #arrived: (name: string, batch: PacketBatch) => void;
  readonly #known: boolean;
  #made = 0;

  /**
   * @param arrived gets what the host receives, and on which interface.
   * @param known whether it is known which interfaces are up; see `SimulatedHostInterface`.
   */
  constructor(arrived: (name: string, batch: PacketBatch) => void = () => {}, known = true) {
    this.#arrived = arrived;
    this.#known = known;
  }

  /** Makes an interface. @throws NgError EEXIST when the name is taken. */
  readonly open: OpenHostInterface = (name, kind) => {
    if (this.interfaces.get(name)?.closed === false) throw new NgError("EEXIST");
    const made = new SimulatedHostInterface(name, kind, ++this.#made, (batch) => this.#arrived(name, batch));
    made.known = this.#known;
    this.interfaces.set(name, made);
    return made;
  };
}
