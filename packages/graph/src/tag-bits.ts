import { NgError } from "./ng-error.ts";
import type { Node } from "./node.ts";
import type { NodeType } from "./node-type.ts";

/** Hands out the 32 bits of `PacketBatch.tags`, one to a node. */
export class TagBits {
  readonly #owners: (Node | undefined)[] = Array.from({ length: 32 });

  /** The node's bit, the same on every call. @throws NgError ENOMEM when none is left. */
  take(node: Node): number {
    let index = this.#owners.indexOf(node);
    if (index === -1) index = this.#owners.indexOf(undefined);
    if (index === -1) throw new NgError("ENOMEM");
    this.#owners[index] = node;
    return (1 << index) >>> 0;
  }

  release(node: Node): void {
    const index = this.#owners.indexOf(node);
    if (index !== -1) this.#owners[index] = undefined;
  }

  /** The bits of all nodes of a type. */
  ofType(type: NodeType): number {
    let bits = 0;
    this.#owners.forEach((owner, index) => {
      if (owner?.type === type) bits |= 1 << index;
    });
    return bits >>> 0;
  }
}
