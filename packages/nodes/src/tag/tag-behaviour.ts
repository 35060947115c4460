import type { PacketBatch, PacketTag, TagList } from "@ngflow/base";
import { type Hook, NgError, type NodeBehaviour, type NodeContext, type NodeSetting, settingOf } from "@ngflow/graph";
import type { PacketSort } from "../sorting/packet-sort.ts";
import { PacketSorter } from "../sorting/packet-sorter.ts";
import { MAX_TAGS, TagAdder, TagFinder } from "./tag-lists.ts";
import { type HookIn, hookInType, type HookOut, hookOutType, type HookStats } from "./tag-types.ts";

const NO_DATA = new Uint8Array(0);

/** What a hook does, kept in `hook.data`. */
class TagHook {
  in: HookIn;
  out: HookOut;
  /** The hooks that `in` named when it was set, as long as they exist. */
  match: Hook | null = null;
  other: Hook | null = null;
  /** Absent while no tag is looked for, or put on. */
  finder: TagFinder | null = null;
  adder: TagAdder | null = null;
  stats = zeroStats();

  constructor(thisHook: string) {
    this.in = newIn(thisHook);
    this.out = newOut(thisHook);
  }
}

function newIn(thisHook: string): HookIn {
  return { thisHook, ifMatch: "", ifNotMatch: "", strip: 0, tag_cookie: 0, tag_id: 0, tag_len: 0, tag_data: NO_DATA };
}

function newOut(thisHook: string): HookOut {
  return { thisHook, tag_cookie: 0, tag_id: 0, tag_len: 0, tag_data: NO_DATA };
}

function zeroStats(): HookStats {
  return { recvFrames: 0, recvOctets: 0, recvMatchFrames: 0, recvMatchOctets: 0, xmitFrames: 0, xmitOctets: 0 };
}

function stateOf(hook: Hook): TagHook {
  return hook.data as TagHook;
}

/** The tag that a setting names; null for the one of zeros, which stands for none. */
function tagOf({ tag_cookie: cookie, tag_id: id, tag_data: data }: HookIn | HookOut): PacketTag | null {
  return cookie === 0 && id === 0 ? null : { cookie, id, data };
}

/** A tag node (reference: nodes-ethernet.md §3). */
export class TagBehaviour implements NodeBehaviour {
  readonly #context: NodeContext;
  readonly #sorter = new PacketSorter();
  #unmatched = 0;
  #matchNotConnected = 0;
  #tagsRefused = 0;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  newHook(hook: Hook): void {
    hook.data = new TagHook(hook.name);
    // The setting of a new hook names the hook without a name, which may exist.
    this.#setIn(hook, stateOf(hook).in);
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const state = stateOf(hook);
    const { stats } = state;
    const sort = this.#sorter.take(batch);
    for (let i = 0; i < batch.count; i++) {
      stats.recvFrames++;
      stats.recvOctets += batch.wireLengths[i]!;
      this.#sort(state, sort, batch, i);
    }
    return this.#sorter.send(sort);
  }

  #sort(
    { finder, match, other, in: { strip }, stats }: TagHook,
    sort: PacketSort,
    batch: PacketBatch,
    i: number,
  ): void {
    let list = batch.hasTagLists ? batch.tagLists[i]! : null;
    const found = finder !== null && list !== null && finder.find(list) !== null;
    if (found) {
      stats.recvMatchFrames++;
      stats.recvMatchOctets += batch.wireLengths[i]!;
      if (strip !== 0) list = finder.without(list!);
    }
    const to = found ? match : other;
    if (to === null) {
      if (found) this.#matchNotConnected++;
      else this.#unmatched++;
      return;
    }
    const { adder, stats: sent } = stateOf(to);
    sent.xmitFrames++;
    sent.xmitOctets += batch.wireLengths[i]!;
    sort.pass(to, i);
    const { last } = sort;
    last.setTagList(last.count - 1, adder === null ? list : this.#tagged(adder, list));
  }

  #tagged(adder: TagAdder, list: TagList | null): TagList {
    if (list !== null && list.count >= MAX_TAGS) this.#tagsRefused++;
    return adder.add(list);
  }

  hookIn(name: string): HookIn {
    return stateOf(this.#hookNamed(name)).in;
  }

  hookOut(name: string): HookOut {
    return stateOf(this.#hookNamed(name)).out;
  }

  /** @throws NgError ENOENT without such a hook. */
  setHookIn(value: HookIn): void {
    this.#setIn(this.#hookNamed(value.thisHook), value);
  }

  /** @throws NgError ENOENT without such a hook. */
  setHookOut(value: HookOut): void {
    this.#setOut(this.#hookNamed(value.thisHook), value);
  }

  /** The hooks that are named are looked up now and not again. */
  #setIn(hook: Hook, value: HookIn): void {
    const { hooks } = this.#context.node;
    const tag = tagOf(value);
    Object.assign(stateOf(hook), {
      in: value,
      match: hooks.get(value.ifMatch) ?? null,
      other: hooks.get(value.ifNotMatch) ?? null,
      finder: tag === null ? null : new TagFinder(tag),
    });
  }

  #setOut(hook: Hook, value: HookOut): void {
    const tag = tagOf(value);
    Object.assign(stateOf(hook), { out: value, adder: tag === null ? null : new TagAdder(tag) });
  }

  #hookNamed(name: string): Hook {
    const hook = this.#context.node.hooks.get(name);
    if (hook === undefined) throw new NgError("ENOENT");
    return hook;
  }

  stats(name: string): HookStats {
    return stateOf(this.#hookNamed(name)).stats;
  }

  /** Returns the statistics of a hook and sets them to zero. */
  clear(name: string): HookStats {
    const state = stateOf(this.#hookNamed(name));
    const cleared = state.stats;
    state.stats = zeroStats();
    return cleared;
  }

  disconnect(hook: Hook): void {
    for (const other of this.#context.node.hooks.values()) {
      const state = stateOf(other);
      if (state.match === hook) state.match = null;
      if (state.other === hook) state.other = null;
    }
  }

  settings(): NodeSetting[] {
    return [...this.#context.node.hooks.values()].flatMap((hook) => {
      const { in: hookIn, out } = stateOf(hook);
      const [unsetIn, unsetOut] = [newIn(hook.name), newOut(hook.name)];
      const settings: NodeSetting[] = [];
      if (!isSame(hookIn, unsetIn)) {
        const reset = (): void => this.#setIn(hook, unsetIn);
        settings.push(settingOf("sethookin", hookInType, hookIn, { reset }));
      }
      if (!isSame(out, unsetOut)) {
        const reset = (): void => this.#setOut(hook, unsetOut);
        settings.push(settingOf("sethookout", hookOutType, out, { reset }));
      }
      return settings;
    });
  }

  counters(): Readonly<Record<string, number>> {
    return {
      unmatched: this.#unmatched,
      matchNotConnected: this.#matchNotConnected,
      tagsRefused: this.#tagsRefused,
    };
  }
}

/** Whether two settings of one kind are the same, one of them without data. */
function isSame<T extends HookIn | HookOut>(a: T, unset: T): boolean {
  return (Object.keys(unset) as (keyof T)[]).every((key) => key === "tag_data" || a[key] === unset[key]);
}
