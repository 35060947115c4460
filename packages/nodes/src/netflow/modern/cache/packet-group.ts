import { LINK_ETHERNET, type PacketBatch } from "@ngflow/base";
import { ParsedPackets, parsePackets, withOuterTag } from "@ngflow/wire/packet";
import type { Observation } from "../../flow-engine.ts";
import type { Arena } from "./arena.ts";
import type { FlowTable } from "./flow-table.ts";
import { MergedRows } from "../fields/merged-rows.ts";
import { type ContextSource, hashPackets, touchRecords } from "./hash-packets.ts";
import { type MeterWasmParts, MeterWasm } from "../wasm/meter-wasm.ts";

/** Below this many flows the cache is in the processor's first-level cache and touching it first gains nothing. */
const TOUCH_ABOVE = 512;

/**
 * Packets that go through the engine together; their parsed form stays in the processor's caches. Each step is a loop
 * over all of them: by the WebAssembly meter where it can, else by TypeScript.
 */
export class PacketGroup {
  readonly parsed: ParsedPackets;
  readonly merged: MergedRows;
  /** Hash of each parsed packet's key. */
  readonly hashes: Int32Array;
  /** For plain packets, null where there is no WebAssembly memory. */
  readonly wasm: MeterWasm | null;
  private readonly arena: Arena;
  private readonly table4: FlowTable;
  private readonly table6: FlowTable;
  private readonly slots: Int32Array;
  /** Keeps the touching loads alive. */
  private touched = 0;

  /** @param arena holds the rest, too, and has room for the columns of so many packets */
  constructor(capacity: number, arena: Arena, rest: Omit<MeterWasmParts, "parsed" | "hashes" | "slots">) {
    this.arena = arena;
    this.table4 = rest.table4;
    this.table6 = rest.table6;
    this.parsed = new ParsedPackets(capacity, arena);
    this.merged = new MergedRows(capacity);
    this.hashes = arena.int32(capacity);
    this.slots = arena.int32(capacity);
    const { parsed, hashes, slots } = this;
    const parts = { parsed, hashes, slots, ...rest };
    this.wasm = arena.memory === null ? null : new MeterWasm(arena.memory, arena, parts);
  }

  /** Parses packets `from` to `from + count - 1` of the batch. @param view over the batch's buffer */
  parse(batch: PacketBatch, view: DataView, from: number, count: number, dataLinkType: number): void {
    const { wasm, parsed } = this;
    wasm?.load(batch, from, count);
    if (wasm === null || batch.buffer.buffer !== this.arena.buffer) {
      parsePackets(batch, view, from, count, dataLinkType, parsed);
    } else {
      parsed.fragmentCount = wasm.parse(batch.buffer.byteOffset, count, dataLinkType === LINK_ETHERNET);
    }
  }

  /** Completes the VLANs of the group with the tags that the kernel has taken out, or forgets them. */
  completeVlans(batch: PacketBatch, from: number, count: number, inKey: boolean): void {
    const { vlans } = this.parsed;
    const { vlanTags } = batch;
    for (let k = 0; k < count; k++) {
      const tag = vlanTags[from + k]!;
      if (!inKey) vlans[k] = 0;
      else if (tag !== 0) vlans[k] = withOuterTag(vlans[k]!, tag);
    }
  }

  /** Completes the keys and hashes them. @param alike all packets were received on the same interface */
  hash(
    batch: PacketBatch,
    from: number,
    count: number,
    contexts: ContextSource,
    where: Observation,
    alike: boolean,
  ): void {
    const { wasm, parsed, hashes } = this;
    const { rcvIfIndex } = batch;
    const first = rcvIfIndex[from]!;
    let same = true;
    for (let k = alike ? count : 1; k < count && same; k++) same = rcvIfIndex[from + k] === first;
    if (wasm === null || !same) hashPackets(batch, from, count, parsed, contexts, where, hashes);
    else wasm.hash(count, contexts.number(where, first));
  }

  /** Loads what the update will need. */
  touch(count: number): void {
    const { wasm, table4, table6 } = this;
    if (table4.live + table6.live <= TOUCH_ABOVE) return;
    if (wasm !== null) wasm.touch(count);
    else this.touched ^= touchRecords(this.parsed.kind, count, this.hashes, this.slots, table4, table6);
  }
}
