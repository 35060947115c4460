/** Data deliveries that may wait at a time, the kernel's `net.graph.maxdata`. */
export const MAX_QUEUED = 4096;
/** Hooks that a batch may pass in a row before it counts as looping. */
export const MAX_DEPTH = 256;
/** Sends that one send may cause, and deliveries that one operation may queue; bounds graphs that multiply copies. */
export const MAX_SENDS = 65_536;
/** Sends that one send may still cause after a loop was found. */
export const LOOP_SENDS = 1024;

/**
 * How far the graph is into an operation: nesting of sends, and the queue of what is to run when the outermost
 * operation or send ends. One per graph, shared by its nodes; sends reach it without going through the graph.
 */
export class Delivery {
  /** Packets dropped because of `MAX_DEPTH`, `MAX_SENDS` or `LOOP_SENDS`. */
  loopDrops = 0;
  /** Deliveries refused because `MAX_QUEUED` were waiting. */
  overflows = 0;
  private depth = 0;
  private sending = 0;
  private sends = 0;
  private allowed = MAX_SENDS;
  private readonly queue: (() => void)[] = [];
  private head = 0;
  private queuedData = 0;
  private drained = 0;
  private afterIdle: (() => void) | null = null;

  /** Whether no operation is in progress. */
  get idle(): boolean {
    return this.depth === 0;
  }

  /** Begins an operation. */
  enter(): void {
    this.depth++;
  }

  /** Ends what `enter` began; the outermost one drains the queue before it ends. */
  leave(): void {
    if (this.depth === 1 && this.head < this.queue.length) this.drain();
    this.depth--;
    if (this.depth > 0 || this.afterIdle === null) return;
    const task = this.afterIdle;
    this.afterIdle = null;
    task();
  }

  /** Begins a send of `packets`, unless the packets are in a loop: then it returns false and counts them. */
  enterSend(packets: number): boolean {
    if (this.sending === 0) {
      this.sends = 0;
      this.allowed = MAX_SENDS;
    } else if (this.sending >= MAX_DEPTH || this.sends >= this.allowed) {
      // Without this, a loop that multiplies copies would use up all its sends for each packet.
      this.allowed = Math.min(this.allowed, this.sends + LOOP_SENDS);
      this.loopDrops += packets;
      return false;
    }
    this.sending++;
    this.sends++;
    this.depth++;
    return true;
  }

  /** Ends what `enterSend` began. */
  leaveSend(): void {
    this.sending--;
    this.leave();
  }

  /** Runs `task` once when the graph is idle again; a later call replaces it. */
  whenIdle(task: () => void): void {
    this.afterIdle = task;
  }

  /** Queues a data delivery. False: refused and counted. */
  enqueueData(task: () => void): boolean {
    if (this.queuedData >= MAX_QUEUED || this.drained >= MAX_SENDS) {
      this.overflows++;
      return false;
    }
    this.queuedData++;
    this.queue.push(() => {
      this.queuedData--;
      task();
    });
    return true;
  }

  /** Queues a control step, which is never refused: there are at most as many as there are hooks and nodes. */
  enqueueControl(task: () => void): void {
    this.queue.push(task);
  }

  /** Runs queued tasks in order, those they queue included. Tasks do not throw. */
  private drain(): void {
    while (this.head < this.queue.length) {
      const task = this.queue[this.head++]!;
      this.drained++;
      task();
    }
    this.drained = 0;
    this.queue.length = 0;
    this.head = 0;
  }
}
