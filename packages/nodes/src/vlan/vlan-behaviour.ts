import { E, type PacketBatch, setU16be, u16be } from "@ngflow/base";
import {
  type ControlMessage,
  FLOW_COOKIE,
  hint16,
  hint32,
  type Hook,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  type ReplyAddress,
  settingOf,
  type ValueOf,
} from "@ngflow/graph";
import type { PacketSort } from "../sorting/packet-sort.ts";
import { PacketSorter } from "../sorting/packet-sorter.ts";
import { filterType, FROM_FILTER, FROM_NOMATCH, type tableType, type VlanFilter } from "./vlan-types.ts";

const HEADER_BYTES = 14;
const TYPE_AT = 12;
/** A tag in a frame: the type that announces it, and its 16 bits (IEEE 802.1Q). */
const TAG_BYTES = 4;
const MAX_VID = 0xfff;
/** In `PacketBatch.vlanTags`: there is a tag next to the frame. */
const TAGGED = 0x10000;
const ETHERTYPE_VLAN = 0x8100;

/** A vlan node (reference: nodes-ethernet.md §1). A hook with a filter has the 16 bits of its tag in `hook.data`. */
export class VlanBehaviour implements NodeBehaviour {
  readonly #context: NodeContext;
  readonly #sorter = new PacketSorter();
  #downstream: Hook | null = null;
  #nomatch: Hook | null = null;
  readonly #byVid: (Hook | null)[] = Array.from({ length: MAX_VID + 1 }, () => null);
  #filters = 0;
  /** Not 0: a tag that no filter has is taken out of the frame on the way to `nomatch`, and kept next to it. */
  decap = 0;
  encap = FROM_FILTER;
  /** The type of a tag in a frame. */
  encapProto = ETHERTYPE_VLAN;
  #runts = 0;
  #unconnected = 0;
  #noFilter = 0;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  newHook(hook: Hook): void {
    if (hook.name === "downstream") this.#downstream = hook;
    else if (hook.name === "nomatch") this.#nomatch = hook;
  }

  receive(hook: Hook, batch: PacketBatch): number {
    if (hook === this.#downstream) return this.#receiveFromDownstream(batch);
    return hook === this.#nomatch ? this.#receiveFromNomatch(batch) : this.#receiveFromFilter(hook, batch);
  }

  #receiveFromDownstream(batch: PacketBatch): number {
    const sort = this.#sorter.take(batch);
    let errno = 0;
    for (let i = 0; i < batch.count; i++) errno = this.#sortUpstream(sort, batch, i) || errno;
    return this.#sorter.send(sort) || errno;
  }

  /** Puts a packet from downstream where its tag belongs. Returns the errno of a packet that is dropped. */
  #sortUpstream(sort: PacketSort, batch: PacketBatch, i: number): number {
    const length = batch.lengths[i]!;
    if (length < HEADER_BYTES) return this.#dropRunt();
    const at = batch.offsets[i]! + TYPE_AT;
    const inFrame = batch.vlanTags[i] === 0;
    let tag = batch.vlanTags[i]!;
    let hook: Hook | null = null;
    if (!inFrame || u16be(batch.buffer, at) === this.encapProto) {
      if (inFrame && length < HEADER_BYTES + TAG_BYTES) return this.#dropRunt();
      if (inFrame) tag = TAGGED | u16be(batch.buffer, at + 2);
      hook = this.#byVid[tag & MAX_VID]!;
    }
    const filtered = hook !== null;
    hook ??= this.#nomatch;
    if (hook === null) {
      this.#unconnected++;
      return E.ENETDOWN;
    }
    if (inFrame && tag !== 0 && (filtered || this.decap !== 0)) sort.change(hook, i, TYPE_AT, TAG_BYTES);
    else sort.pass(hook, i);
    const { last } = sort;
    if (filtered) last.vlanTags[last.count - 1] = 0;
    else if (this.decap !== 0) last.vlanTags[last.count - 1] = tag;
    return 0;
  }

  #receiveFromNomatch(batch: PacketBatch): number {
    const downstream = this.#downstream;
    const sort = this.#sorter.take(batch);
    let errno = 0;
    for (let i = 0; i < batch.count; i++) {
      const tag = batch.vlanTags[i]!;
      if (batch.lengths[i]! < HEADER_BYTES) errno = this.#dropRunt();
      else if (downstream === null) errno = this.#dropUnconnected();
      else if (tag === 0 || (this.encap & FROM_NOMATCH) === 0) sort.pass(downstream, i);
      else {
        this.#encapsulate(sort, downstream, i, tag);
        sort.last.vlanTags[sort.last.count - 1] = 0;
      }
    }
    return this.#sorter.send(sort) || errno;
  }

  /** A tag that is next to the frame already stays there, as the outer one, unless this one comes to be there. */
  #receiveFromFilter(hook: Hook, batch: PacketBatch): number {
    const downstream = this.#downstream;
    const tag = hook.data as number | undefined;
    const sort = this.#sorter.take(batch);
    let errno = 0;
    for (let i = 0; i < batch.count; i++) {
      if (batch.lengths[i]! < HEADER_BYTES) errno = this.#dropRunt();
      else if (downstream === null) errno = this.#dropUnconnected();
      else if (tag === undefined) {
        this.#noFilter++;
        errno = E.EOPNOTSUPP;
      } else if ((this.encap & FROM_FILTER) !== 0) this.#encapsulate(sort, downstream, i, tag);
      else {
        sort.pass(downstream, i);
        sort.last.vlanTags[sort.last.count - 1] = TAGGED | tag;
      }
    }
    return this.#sorter.send(sort) || errno;
  }

  #encapsulate(sort: PacketSort, hook: Hook, i: number, tag: number): void {
    const at = sort.change(hook, i, TYPE_AT, 0, TAG_BYTES) + TYPE_AT;
    setU16be(sort.last.buffer, at, this.encapProto);
    setU16be(sort.last.buffer, at + 2, tag & 0xffff);
  }

  #dropRunt(): number {
    this.#runts++;
    return E.EINVAL;
  }

  #dropUnconnected(): number {
    this.#unconnected++;
    return E.ENETDOWN;
  }

  /** Link states from downstream go out of every hook with a filter; from elsewhere they are ignored. */
  message(message: ControlMessage, _from: ReplyAddress, viaHook?: Hook): undefined {
    if (message.cookie !== FLOW_COOKIE) throw new NgError("EINVAL");
    if (viaHook === undefined || viaHook !== this.#downstream) return undefined;
    let errno = 0;
    for (const hook of this.#byVid) if (hook !== null) errno = this.#context.sendAlong(hook, message);
    if (errno !== 0) throw new NgError(errno);
    return undefined;
  }

  addFilter({ hook: name, vlan, vid: newName, pcp, cfi }: VlanFilter): void {
    if (newName !== 0 && vlan !== 0 && newName !== vlan) throw new NgError("EINVAL");
    const vid = newName === 0 ? vlan : newName;
    if (vid > MAX_VID || pcp > 7 || cfi > 1) throw new NgError("EINVAL");
    const hook = this.#context.node.hooks.get(name);
    if (hook === undefined) throw new NgError("ENOENT");
    if (hook === this.#downstream || hook === this.#nomatch) throw new NgError("EINVAL");
    if (hook.data !== undefined || this.#byVid[vid] !== null) throw new NgError("EEXIST");
    hook.data = (pcp << 13) | (cfi << 12) | vid;
    this.#byVid[vid] = hook;
    this.#filters++;
  }

  /** @throws NgError ENOENT for a hook that does not exist or has no filter. */
  removeFilterOf(name: string): void {
    const hook = this.#context.node.hooks.get(name);
    if (hook?.data === undefined) throw new NgError("ENOENT");
    this.#forget(hook);
  }

  /** @throws NgError EINVAL for what is not a VLAN number, ENOENT without a filter for it. */
  removeFilterFor(vid: number): void {
    if (vid > MAX_VID) throw new NgError("EINVAL");
    const hook = this.#byVid[vid]!;
    if (hook === null) throw new NgError("ENOENT");
    this.#forget(hook);
  }

  #forget(hook: Hook): void {
    this.#byVid[(hook.data as number) & MAX_VID] = null;
    hook.data = undefined;
    this.#filters--;
  }

  disconnect(hook: Hook): void {
    if (hook === this.#downstream) this.#downstream = null;
    else if (hook === this.#nomatch) this.#nomatch = null;
    else if (hook.data !== undefined) this.#forget(hook);
  }

  /** The filters in the order of their VLAN numbers. */
  table(): ValueOf<typeof tableType> {
    const filter = this.#byVid.filter((hook): hook is Hook => hook !== null).map(filterOf);
    return { n: filter.length, filter };
  }

  settings(): NodeSetting[] {
    const settings = this.table().filter.map((filter) =>
      settingOf("addfilter", filterType, filter, { reset: () => this.removeFilterFor(filter.vid) }),
    );
    const { decap, encap, encapProto } = this;
    if (decap !== 0) settings.push(settingOf("setdecap", hint32, decap, { reset: () => void (this.decap = 0) }));
    if (encap !== FROM_FILTER) {
      settings.push(settingOf("setencap", hint32, encap, { reset: () => void (this.encap = FROM_FILTER) }));
    }
    if (encapProto !== ETHERTYPE_VLAN) {
      const reset = (): void => void (this.encapProto = ETHERTYPE_VLAN);
      settings.push(settingOf("setencapproto", hint16, encapProto, { reset }));
    }
    return settings;
  }

  counters(): Readonly<Record<string, number>> {
    return {
      runts: this.#runts,
      unconnected: this.#unconnected,
      noFilter: this.#noFilter,
      filters: this.#filters,
    };
  }
}

function filterOf(hook: Hook): VlanFilter {
  const tag = hook.data as number;
  const vid = tag & MAX_VID;
  return { hook: hook.name, vlan: vid, vid, pcp: tag >>> 13, cfi: (tag >>> 12) & 1 };
}
