import { expect, it } from "vitest";
import { PacketBatch } from "./packet-batch.ts";
import type { TagList } from "./tag-list.ts";

const LIST: TagList = { tag: { cookie: 1, id: 2, data: new Uint8Array(0) }, next: null, count: 1 };

function batchOf(...lists: readonly (TagList | null)[]): PacketBatch {
  const batch = new PacketBatch(8, new Uint8Array(8));
  lists.forEach((list, i) => {
    batch.push(i, 1, 1, 0);
    batch.setTagList(i, list);
  });
  return batch;
}

/** The tags of each packet, as a reader finds them. */
function listsOf(batch: PacketBatch): (TagList | null)[] {
  return Array.from({ length: batch.count }, (_, i) => (batch.hasTagLists ? batch.tagLists[i]! : null));
}

it("has no tag lists until one is set", () => {
  const batch = batchOf(null, null);
  expect([batch.hasTagLists, batch.tagLists]).toEqual([false, []]);
});

it("copies tag lists with packets, to batches with and without", () => {
  const mixed = batchOf(null, LIST, null);
  const copy = new PacketBatch(8);
  copy.copyFrom(mixed);
  expect(listsOf(copy)).toEqual([null, LIST, null]);
  copy.pushFrom(batchOf(null), 0);
  copy.push(0, 1, 1, 0);
  copy.pushFrom(mixed, 1);
  expect(listsOf(copy)).toEqual([null, LIST, null, null, null, LIST]);
});

it("forgets tag lists when it is emptied, and where a place is used again", () => {
  const batch = batchOf(LIST, LIST);
  batch.count = 0;
  batch.push(0, 1, 1, 0);
  batch.pushFrom(batchOf(null), 0);
  expect(listsOf(batch)).toEqual([null, null]);
  batch.setTagList(0, LIST);
  batch.reset(new Uint8Array(4));
  for (let i = 0; i < 4; i++) batch.push(i, 1, 1, 0);
  batch.setTagList(3, LIST);
  expect(listsOf(batch)).toEqual([null, null, null, LIST]);
});
