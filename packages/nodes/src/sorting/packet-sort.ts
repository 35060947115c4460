import { PacketBatch } from "@ngflow/base";
import type { Hook } from "@ngflow/graph";
import { CopySpace } from "./copy-space.ts";

const NOTHING = new PacketBatch(0);
const FIRST_PACKETS = 16;
/** Bytes that a packet's copy may be longer than the packet. */
const ROOM = 4;

/** What leaves through one hook. */
interface Share {
  hook: Hook | null;
  packets: PacketBatch;
  /** Its bytes are copies of this sort. */
  copied: boolean;
}

/** The packets of one batch, sorted by the hook that they are to leave through; `PacketSorter` makes them. */
export class PacketSort {
  /** The share that a packet was put into last, as its last packet: its facts may be changed. */
  last: PacketBatch = NOTHING;
  private source: PacketBatch = NOTHING;
  private readonly shares: Share[] = [];
  private used = 0;
  private current: Share | null = null;
  private readonly space = new CopySpace();
  private copying = false;

  begin(batch: PacketBatch): void {
    this.source = batch;
    this.copying = false;
  }

  /** Packet `i` leaves through `hook`, its bytes as they are. */
  pass(hook: Hook, i: number): void {
    const share = this.shareOf(hook);
    if (share.copied) this.append(share, i, 0, 0, 0);
    else {
      share.packets.pushFrom(this.source, i);
      this.last = share.packets;
    }
  }

  /**
   * A copy of packet `i` leaves through `hook`, without `cut` bytes at `at` and with `gap` bytes, at most 4, that the
   * caller writes there. The packet has `at + cut` bytes at least; each packet is put somewhere once.
   * @returns where the copy begins in `last.buffer`.
   */
  change(hook: Hook, i: number, at = 0, cut = 0, gap = 0): number {
    const share = this.shareOf(hook);
    if (!share.copied) this.copyShare(share);
    return this.append(share, i, at, cut, gap);
  }

  /** Sends every share, those of the first packets first. Returns the last errno that is not 0. */
  send(): number {
    let errno = 0;
    for (let n = 0; n < this.used; n++) {
      const { hook, packets } = this.shares[n]!;
      errno = hook!.send(packets) || errno;
    }
    return errno;
  }

  /** Refers to no packet any more. */
  end(): void {
    for (let n = 0; n < this.used; n++) {
      const share = this.shares[n]!;
      share.hook = null;
      share.packets.reset(NOTHING.buffer);
    }
    this.used = 0;
    this.current = null;
    this.source = this.last = NOTHING;
  }

  private shareOf(hook: Hook): Share {
    let share = this.current;
    if (share === null || share.hook !== hook) {
      share = this.findShare(hook);
      this.current = share;
    }
    if (share.packets.count === share.packets.capacity) growShare(share);
    return share;
  }

  private findShare(hook: Hook): Share {
    for (let n = 0; n < this.used; n++) if (this.shares[n]!.hook === hook) return this.shares[n]!;
    if (this.used === this.shares.length) this.shares.push(createShare());
    const share = this.shares[this.used++]!;
    share.hook = hook;
    share.copied = false;
    share.packets.reset(this.source.buffer);
    return share;
  }

  private beginCopies(): void {
    if (this.copying) return;
    this.copying = true;
    this.space.begin(this.source, ROOM);
  }

  /** Moves a share to copies of its packets, so that changed ones can join it. */
  private copyShare(share: Share): void {
    this.beginCopies();
    const { packets } = share;
    for (let n = 0; n < packets.count; n++) packets.offsets[n] = this.space.copy(packets, n, 0, 0, 0);
    packets.buffer = this.space.buffer;
    share.copied = true;
  }

  private append(share: Share, i: number, at: number, cut: number, gap: number): number {
    const { source } = this;
    const { packets } = share;
    const begin = this.space.copy(source, i, at, cut, gap);
    const n = packets.count;
    packets.pushFrom(source, i);
    packets.offsets[n] = begin;
    const more = gap - cut;
    if (more !== 0) {
      packets.lengths[n]! += more;
      packets.wireLengths[n]! += more;
      // The headers of the segments of a merged frame, which are in the upper half.
      if (packets.segments[n]! > 0xffff) packets.segments[n] = (packets.segments[n]! + more * 0x10000) >>> 0;
    }
    this.last = packets;
    return begin;
  }
}

function createShare(): Share {
  return { hook: null, packets: new PacketBatch(FIRST_PACKETS), copied: false };
}

function growShare(share: Share): void {
  const { packets } = share;
  share.packets = new PacketBatch(2 * packets.capacity);
  share.packets.copyFrom(packets);
}
