import { E, type PacketBatch } from "@ngflow/base";
import { type Hook, NgError, type NodeBehaviour, type NodeType } from "@ngflow/graph";

const HOOK_NAMES: ReadonlySet<string> = new Set(["mixed", "in", "out"]);

class Split implements NodeBehaviour {
  #mixed: Hook | null = null;
  #in: Hook | null = null;
  #out: Hook | null = null;
  #unconnected = 0;
  #arrivedAtOutput = 0;

  newHook(hook: Hook): void {
    if (!HOOK_NAMES.has(hook.name)) throw new NgError("EINVAL");
    this.#set(hook, hook);
  }

  receive(hook: Hook, batch: PacketBatch): number {
    if (hook === this.#out) {
      this.#arrivedAtOutput += batch.count;
      return E.EINVAL;
    }
    const destination = hook === this.#in ? this.#mixed : this.#out;
    if (destination !== null) return destination.send(batch);
    this.#unconnected += batch.count;
    return 0;
  }

  disconnect(hook: Hook): void {
    this.#set(hook, null);
  }

  counters(): Readonly<Record<string, number>> {
    return { unconnected: this.#unconnected, arrivedAtOutput: this.#arrivedAtOutput };
  }

  #set(hook: Hook, value: Hook | null): void {
    if (hook.name === "mixed") this.#mixed = value;
    else if (hook.name === "in") this.#in = value;
    else this.#out = value;
  }
}

/** ng_split(4): one two-way hook on one side, two one-way hooks on the other. */
export const split: NodeType = {
  name: "split",
  cookie: 949409402,
  summary: "Splits two-way traffic into two one-way hooks.",
  role: "plain",
  hooks: [
    { name: "mixed", summary: "Two-way traffic: packets arriving here leave through `out`." },
    { name: "in", summary: "Packets arriving here leave through `mixed`." },
    { name: "out", summary: "What arrived at `mixed`; packets sent here are refused." },
  ],
  messages: [],
  dropReasons: {
    unconnected: "The destination is not connected.",
    arrivedAtOutput: "The packet arrived at `out`, which only gives packets away.",
  },
  create: () => new Split(),
};
