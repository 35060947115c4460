import type { ControlMessage, Hook, NodeBehaviour, NodeType } from "@ngflow/graph";
import type { PacketBatch } from "@ngflow/base";

class Echo implements NodeBehaviour {
  #echoed = 0;

  receive(hook: Hook, batch: PacketBatch): number {
    this.#echoed += batch.count;
    return hook.send(batch);
  }

  message(message: ControlMessage): Uint8Array {
    return message.data;
  }

  counters(): Readonly<Record<string, number>> {
    return { echoed: this.#echoed };
  }
}

/** ng_echo(4): everything goes back where it came from. */
export const echo: NodeType = {
  name: "echo",
  cookie: 884298942,
  summary: "Sends every packet back out of the hook it came in by.",
  role: "plain",
  hooks: [{ name: "<any>", summary: "Packets arriving here leave here." }],
  messages: [],
  dropReasons: {},
  counters: {
    echoed: "Packets sent back.",
  },
  create: () => new Echo(),
};
