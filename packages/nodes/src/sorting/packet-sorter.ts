import type { PacketBatch } from "@ngflow/base";
import { PacketSort } from "./packet-sort.ts";

/**
 * Sorts the packets of batches by the hook that they leave through, and copies those that a node changes. A node may be
 * entered again while it sends, hence `take` and `send` in pairs; sorts are used again, so that a busy node allocates
 * none.
 */
export class PacketSorter {
  private readonly free: PacketSort[] = [];

  /** Begins to sort a batch. */
  take(batch: PacketBatch): PacketSort {
    const sort = this.free.pop() ?? createSort();
    sort.begin(batch);
    return sort;
  }

  /** Sends what was sorted and takes the sort back. Returns the last errno that is not 0. */
  send(sort: PacketSort): number {
    const errno = sort.send();
    sort.end();
    this.free.push(sort);
    return errno;
  }
}

function createSort(): PacketSort {
  return new PacketSort();
}
