import type { PacketBatch } from "@ngflow/base";
import {
  type Hook,
  NgError,
  type NodeBehaviour,
  type NodeSetting,
  settingOf,
  uint8,
  type ValueOf,
} from "@ngflow/graph";
import { hasOffloadHeaders, hasUnfinishedChecksum } from "@ngflow/os";
import type { PacketSort } from "../sorting/packet-sort.ts";
import { PacketSorter } from "../sorting/packet-sorter.ts";
import { makeChecksums } from "./checksums.ts";
import { behindEthernet } from "./ip-offset.ts";
import { PatchProgram } from "./patch-program.ts";
import { configType, CSUM, DLT_EN10MB, DLT_RAW, MODE, type PatchConfig, type statsType } from "./patch-types.ts";

const LENGTHS: ReadonlySet<number> = new Set([1, 2, 4, 8]);
const CHECKSUMS = Object.values(CSUM).reduce((bits, bit) => bits | bit, 0);

type Stats = ValueOf<typeof statsType>;

/** What a configuration makes of packets. */
interface Patches {
  readonly config: PatchConfig;
  readonly program: PatchProgram;
}

/** A patch node (reference: nodes-ethernet.md §4). */
export class PatchBehaviour implements NodeBehaviour {
  readonly #sorter = new PacketSorter();
  #in: Hook | null = null;
  #out: Hook | null = null;
  #patches: Patches | null = null;
  dlt = DLT_RAW;
  #received = 0;
  #patched = 0;
  #dropped = 0;
  /** The counts at which the statistics were cleared. */
  #cleared: Stats = { Received: 0, Patched: 0, Dropped: 0 };

  /** As in the original, names need only begin with these words, and a later hook takes the place of an earlier one. */
  newHook(hook: Hook): void {
    if (hook.name.startsWith("in")) this.#in = hook;
    else if (hook.name.startsWith("out")) this.#out = hook;
    else throw new NgError("EINVAL");
  }

  receive(hook: Hook, batch: PacketBatch): number {
    this.#received += batch.count;
    if (hook === this.#in) {
      const to = this.#out ?? hook;
      return this.#patches === null ? to.send(batch) : this.#sendPatched(this.#patches, to, batch);
    }
    if (hook === this.#out && this.#in !== null) return this.#in.send(batch);
    this.#dropped += batch.count;
    return 0;
  }

  #sendPatched(patches: Patches, to: Hook, batch: PacketBatch): number {
    const sort = this.#sorter.take(batch);
    const { csum_flags: checksums } = patches.config;
    const headed = hasOffloadHeaders(batch);
    for (let i = 0; i < batch.count; i++) {
      const ip = this.#patch(patches, sort, to, batch, i);
      if (checksums === 0 || ip < 0) continue;
      const { buffer, offsets, lengths, count } = sort.last;
      const end = offsets[count - 1]! + lengths[count - 1]!;
      makeChecksums(buffer, offsets[count - 1]! + ip, end, checksums, headed && hasUnfinishedChecksum(batch, i));
    }
    return this.#sorter.send(sort);
  }

  /** Returns the offset of the packet's IP header, -1 for a packet that no checksum is to be made in. */
  #patch({ config, program }: Patches, sort: PacketSort, to: Hook, batch: PacketBatch, i: number): number {
    const length = batch.lengths[i]!;
    const ethernet = this.dlt === DLT_EN10MB;
    const ip = ethernet ? behindEthernet(batch.buffer, batch.offsets[i]!, length) : 0;
    const relative = config.relative_offset !== 0;
    if (relative && ip < 0) {
      sort.pass(to, i);
      return -1;
    }
    const at = sort.change(to, i);
    if (program.run(sort.last.buffer, at, length, relative ? ip : 0)) this.#patched++;
    return ip;
  }

  /** @throws NgError EINVAL for a link type other than these two. */
  setDlt(dlt: number): void {
    if (dlt !== DLT_EN10MB && dlt !== DLT_RAW) throw new NgError("EINVAL");
    this.dlt = dlt;
  }

  get config(): PatchConfig | undefined {
    return this.#patches?.config;
  }

  /** @throws NgError EINVAL for a length other than 1, 2, 4 and 8, and for a division by 0, where the kernel panics. */
  configure({ count, csum_flags, relative_offset, ops: given }: PatchConfig): void {
    const ops = given.map((op) => ({ ...op, value: BigInt.asUintN(8 * op.length, op.value) }));
    for (const { length, mode, value } of ops) {
      if (!LENGTHS.has(length) || (mode === MODE.divide && value === 0n)) throw new NgError("EINVAL");
    }
    // Numbers above 2^53 have lost bits that are not among these.
    const flags = Number(BigInt(csum_flags) & BigInt(CHECKSUMS));
    const config = { count, csum_flags: flags, relative_offset: relative_offset === 0 ? 0 : 1, ops };
    this.#patches = { config, program: new PatchProgram(ops) };
  }

  stats(): Stats {
    const { Received, Patched, Dropped } = this.#cleared;
    return {
      Received: this.#received - Received,
      Patched: this.#patched - Patched,
      Dropped: this.#dropped - Dropped,
    };
  }

  /** Returns the statistics and sets them to zero. */
  clear(): Stats {
    const stats = this.stats();
    this.#cleared = { Received: this.#received, Patched: this.#patched, Dropped: this.#dropped };
    return stats;
  }

  disconnect(hook: Hook): void {
    if (hook === this.#in) this.#in = null;
    if (hook === this.#out) this.#out = null;
  }

  settings(): NodeSetting[] {
    const settings: NodeSetting[] = [];
    if (this.dlt !== DLT_RAW) {
      settings.push(settingOf("setdlt", uint8, this.dlt, { reset: () => this.setDlt(DLT_RAW) }));
    }
    if (this.config !== undefined) {
      const reset = (): void => void (this.#patches = null);
      settings.push(settingOf("setconfig", configType, this.config, { reset }));
    }
    return settings;
  }

  counters(): Readonly<Record<string, number>> {
    return { received: this.#received, patched: this.#patched, unconnected: this.#dropped };
  }
}
