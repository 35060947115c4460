import { ERRNO, type PacketBatch } from "@ngflow/base";
import type { Node } from "./node.ts";

const ENETDOWN = ERRNO.ENETDOWN[0];
const ELOOP = ERRNO.ELOOP[0];

/** One end of an edge. Counters are those of the edge as seen from this end's node. */
export class Hook {
  readonly name: string;
  readonly node: Node;
  /** The other end; null while the edge is being made and after it was removed. */
  peer: Hook | null = null;
  /** False while the hook is being made and from the moment it is being destroyed. */
  valid = true;
  /** State that the node's behaviour keeps per hook. */
  data: unknown = undefined;
  /** Packets and bytes that left the node through this hook. */
  outPackets = 0;
  outBytes = 0;
  /** Packets that could not leave: no peer, the peer's node has ended, or the packet was in a loop. */
  outErrors = 0;

  constructor(node: Node, name: string) {
    this.node = node;
    this.name = name;
  }

  /**
   * Delivers a batch to the peer's node at once. Returns its errno, ENETDOWN when there is no peer (netgraph.md §4.7)
   * and ELOOP when the batch is in a loop. Deliveries queued meanwhile run before the outermost send returns.
   */
  send(batch: PacketBatch): number {
    const peer = this.peer;
    if (peer === null || !this.valid || !peer.valid || !peer.node.valid) {
      this.outErrors += batch.count;
      return ENETDOWN;
    }
    const delivery = this.node.delivery;
    if (!delivery.enterSend(batch.count)) {
      this.outErrors += batch.count;
      return ELOOP;
    }
    this.outPackets += batch.count;
    this.outBytes += batch.wireBytes();
    try {
      return peer.node.behaviour.receive?.(peer, batch) ?? 0;
    } finally {
      delivery.leaveSend();
    }
  }
}
