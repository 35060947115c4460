import type { PacketBatch } from "@ngflow/base";
import { attachProgram, FrameSlots, libc, type Libc, type PollHandle, Tap } from "@ngflow/os";
import { BYPASSED_WORDS, type InlineHeartbeat } from "./inline-heartbeat.ts";
import { divertedOnly, divertTo, receiveOn, sendFrom } from "./inline-programs.ts";

/** Frames read in one turn of the event loop; control messages are answered between turns. */
const FRAMES_PER_TURN = 64;
/** Frames that may wait for this process; the kernel drops more, and counts them. */
const QUEUE_FRAMES = 2048;

export type InlineDirection = "in" | "out";

/** Whether an interface is one of the TAPs that inline mode makes. */
export function isInlineTap(name: string): boolean {
  return /^ng(in|out)\d+$/.test(name);
}

/**
 * One direction of an interface, taken out of the kernel and put back: frames go to a TAP that this process reads, and
 * what it writes there goes on as if nothing had happened. All of it hangs on descriptors of this process; when the
 * process ends, however it ends, the kernel takes the diversion away and frames go straight on.
 */
export class InlinePath {
  readonly #c: Libc;
  readonly #tap: Tap;
  readonly #slots: FrameSlots;
  readonly #interfaceIndex: number;
  readonly #direction: InlineDirection;
  readonly #deliver: (batch: PacketBatch) => void;
  readonly #links: number[] = [];
  readonly #cannot: string;
  #diversion = -1;
  #watch: PollHandle | undefined;
  #delivering = false;
  #closing = false;
  #read = 0;
  #refused = 0;
  #dropped = 0;
  #finished = false;

  /**
   * Prepares the way; nothing is diverted yet.
   * @param countSegments whether a frame that an offload merged or has not cut yet counts as its segments, not as one
   *   packet
   * @param deliver gets the diverted frames; the batch is valid until it returns.
   * @throws KernelError EPERM without CAP_NET_ADMIN and CAP_BPF, EBUSY when another process has this direction.
   */
  constructor(
    interfaceIndex: number,
    interfaceName: string,
    direction: InlineDirection,
    countSegments: boolean,
    deliver: (batch: PacketBatch) => void,
  ) {
    this.#c = libc();
    this.#interfaceIndex = interfaceIndex;
    this.#direction = direction;
    this.#deliver = deliver;
    this.#cannot = `cannot go inline on ${interfaceName}`;
    this.#slots = new FrameSlots(FRAMES_PER_TURN, countSegments);
    try {
      this.#tap = new Tap(`ng${direction}${interfaceIndex}`, { queueLength: QUEUE_FRAMES });
    } catch (error) {
      this.#slots.close();
      throw error;
    }
    try {
      const onward = direction === "in" ? receiveOn(interfaceIndex) : sendFrom(interfaceIndex);
      this.#links.push(attachProgram(this.#tap.index, "ingress", onward, this.#cannot));
      this.#links.push(attachProgram(this.#tap.index, "egress", divertedOnly(), this.#cannot));
      this.#watch = this.#c.watch(this.#tap.fd, { readable: true }, this.#onReadable);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Begins to divert; frames bypass the process while there is no beat. @throws KernelError EPERM, EOPNOTSUPP before
   * Linux 6.6, ENODEV without the interface.
   */
  divert({ page }: InlineHeartbeat): void {
    const side = this.#direction === "in" ? "ingress" : "egress";
    const program = divertTo(this.#tap.index, page, BYPASSED_WORDS[this.#direction]);
    this.#diversion = attachProgram(this.#interfaceIndex, side, program, this.#cannot);
  }

  readonly #onReadable = (status: number): void => {
    if (this.#closing) return;
    // After an error on the descriptor the event loop has stopped watching.
    if (status < 0) this.#watch?.start({ readable: true }, this.#onReadable);
    this.#deliverNext();
  };

  /** Delivers one batch of waiting frames. Returns whether there may be more. */
  #deliverNext(): boolean {
    if (this.#delivering) return false;
    const count = this.#tap.read(this.#slots, FRAMES_PER_TURN, Date.now() * 1000);
    if (count === 0) return false;
    this.#read += count;
    const { batch } = this.#slots;
    if (this.#direction === "in") batch.rcvIfIndex.fill(this.#interfaceIndex, 0, count);
    this.#delivering = true;
    try {
      this.#deliver(batch);
    } finally {
      this.#delivering = false;
      if (this.#closing) this.#finish();
    }
    return count === FRAMES_PER_TURN;
  }

  /** Sends frames on, whoever made them, from another source address if one is given. Returns how many were refused. */
  pass(batch: PacketBatch, source?: Uint8Array): number {
    const refused = this.#tap.write(batch, source);
    this.#refused += refused;
    return refused;
  }

  #endDiversion(): void {
    if (this.#diversion < 0) return;
    this.#c.close(this.#diversion);
    this.#diversion = -1;
  }

  /** Ends the diversion and delivers every frame that still waits. */
  drain(): void {
    this.#endDiversion();
    for (let left = QUEUE_FRAMES; left > 0 && this.#deliverNext();) left -= FRAMES_PER_TURN;
  }

  /**
   * Ends the diversion; frames that still wait go straight on, as if they had never been diverted. While frames are
   * delivered the others wait for the end of that.
   */
  straighten(): void {
    this.#endDiversion();
    if (!this.#delivering) this.#passWaiting();
  }

  #passWaiting(): void {
    for (let left = QUEUE_FRAMES; left > 0 && this.#tap.read(this.#slots, FRAMES_PER_TURN, 0) > 0;) {
      left -= this.#slots.batch.count;
      this.pass(this.#slots.batch);
    }
  }

  /**
   * Straightens the way and gives everything back; the kernel takes tens of milliseconds to remove the TAP. Safe to
   * call twice, and while frames are delivered.
   */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#endDiversion();
    this.#watch?.close();
    if (!this.#delivering) this.#finish();
  }

  #finish(): void {
    this.#passWaiting();
    this.#dropped = this.#tap.dropped();
    for (const link of this.#links) this.#c.close(link);
    this.#tap.close();
    this.#slots.close();
    this.#finished = true;
  }

  /**
   * Frames diverted, those of them that the kernel dropped because this process was late,
   * and those that could not go on.
   */
  stats(): { readonly seen: number; readonly dropped: number; readonly refused: number } {
    if (!this.#finished) this.#dropped = this.#tap.dropped();
    return { seen: this.#read + this.#dropped, dropped: this.#dropped, refused: this.#refused };
  }
}
