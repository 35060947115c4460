import type { PacketTag, TagList } from "@ngflow/base";
import fc from "fast-check";
import { expect, it } from "vitest";
import { MAX_TAGS, TagAdder, TagFinder } from "./tag-lists.ts";

function tagsOf(list: TagList | null): PacketTag[] {
  return list === null ? [] : [list.tag, ...tagsOf(list.next)];
}

const tag = fc.record({
  cookie: fc.nat({ max: 1 }),
  id: fc.nat({ max: 1 }),
  data: fc.array(fc.nat({ max: 1 }), { maxLength: 3 }).map((bytes) => Uint8Array.from(bytes)),
});

function listOf(tags: readonly PacketTag[]): TagList | null {
  let list: TagList | null = null;
  for (const each of tags.toReversed()) list = new TagAdder(each).add(list);
  return list;
}

it("finds the newest tag that begins like the wanted one, and takes it out", () => {
  fc.assert(
    fc.property(fc.array(tag, { maxLength: 6 }), tag, (tags, wanted) => {
      const begins = ({ data }: PacketTag): boolean => wanted.data.every((byte, i) => data[i] === byte);
      const at = tags.findIndex((each) => each.cookie === wanted.cookie && each.id === wanted.id && begins(each));
      const finder = new TagFinder(wanted);
      const list = listOf(tags);
      const found = finder.find(list);
      expect(found?.tag).toBe(tags[at]);
      if (list === null || found === null) return;
      expect(found.count).toBe(tags.length - at);
      const shorter = finder.without(list);
      expect(tagsOf(shorter)).toEqual(tags.toSpliced(at, 1));
      expect(shorter?.count ?? 0).toBe(tags.length - 1);
      expect(tagsOf(list)).toEqual(tags);
      expect(finder.without(list)).toBe(shorter);
    }),
  );
});

it("gives the same list for the same list, and never more tags than a packet may have", () => {
  const adder = new TagAdder({ cookie: 1, id: 2, data: new Uint8Array(0) });
  const one = adder.add(null);
  expect(adder.add(null)).toBe(one);
  expect(adder.add(one)).toBe(adder.add(one));
  let list = one;
  for (let i = 0; i < 2 * MAX_TAGS; i++) list = adder.add(list);
  expect([list.count, tagsOf(list).length]).toEqual([MAX_TAGS, MAX_TAGS]);
});
