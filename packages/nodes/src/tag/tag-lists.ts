import type { PacketTag, TagList } from "@ngflow/base";

/** Tags that a packet may have; the kernel's limit is its memory. */
export const MAX_TAGS = 64;

/**
 * Puts a tag before lists. A list that comes again gives the same list again, so that nothing is allocated per packet.
 */
export class TagAdder {
  readonly #tag: PacketTag;
  readonly #alone: TagList;
  readonly #longer = new WeakMap<TagList, TagList>();

  constructor(tag: PacketTag) {
    this.#tag = tag;
    this.#alone = { tag, next: null, count: 1 };
  }

  /** The list with the tag before it; the list itself when it has `MAX_TAGS` already. */
  add(list: TagList | null): TagList {
    if (list === null) return this.#alone;
    if (list.count >= MAX_TAGS) return list;
    let longer = this.#longer.get(list);
    if (longer === undefined) {
      longer = { tag: this.#tag, next: list, count: list.count + 1 };
      this.#longer.set(list, longer);
    }
    return longer;
  }
}

/** Finds tags that begin like one, and takes them out of lists. */
export class TagFinder {
  readonly #wanted: PacketTag;
  /** Lists without the tag that was found in them. */
  readonly #shorter = new WeakMap<TagList, { readonly list: TagList | null }>();

  constructor(wanted: PacketTag) {
    this.#wanted = wanted;
  }

  /** The newest such tag with what is behind it, null when there is none. */
  find(list: TagList | null): TagList | null {
    for (let at = list; at !== null; at = at.next) if (this.#matches(at.tag)) return at;
    return null;
  }

  /** Cookie and number have to be equal; the data have to begin with the data that are wanted. */
  #matches({ cookie, id, data }: PacketTag): boolean {
    const wanted = this.#wanted;
    if (cookie !== wanted.cookie || id !== wanted.id || data.length < wanted.data.length) return false;
    for (let i = 0; i < wanted.data.length; i++) if (data[i] !== wanted.data[i]) return false;
    return true;
  }

  /** The list without the newest such tag. */
  without(list: TagList): TagList | null {
    const { next } = list;
    if (this.#matches(list.tag) || next === null) return next;
    let shorter = this.#shorter.get(list);
    if (shorter === undefined) {
      shorter = { list: withoutTag(list, this.find(list)) };
      this.#shorter.set(list, shorter);
    }
    return shorter.list;
  }
}

/** A copy of the list up to `gone`, which is in it, continued by what is behind that. */
function withoutTag(list: TagList, gone: TagList | null): TagList | null {
  const before: PacketTag[] = [];
  let at: TagList | null = list;
  for (; at !== null && at !== gone; at = at.next) before.push(at.tag);
  let shorter = at?.next ?? null;
  for (const tag of before.reverse()) shorter = { tag, next: shorter, count: (shorter?.count ?? 0) + 1 };
  return shorter;
}
