/** Data deliveries that may wait at a time, the kernel's `net.graph.maxdata`. */
export const MAX_QUEUED = 4096;
/** Hooks a packet may pass within one delivery before it is dropped as looping. */
export const MAX_DEPTH = 64;
/** Sends that one delivery, and queued deliveries that one operation, may cause; bounds graphs that multiply copies. */
export const MAX_SENDS = 65_536;

/**
 * How far the graph is into an operation: nesting of deliveries, and the queue of what is to run when the outermost one
 * ends. One per graph, shared by its nodes; sends reach it without going through the graph.
 */
export class Delivery {
  /** Nested operations and sends; 0 when the graph is idle. */
  depth = 0;
  /** Sends since the graph was last idle. */
  sends = 0;
  /** Packets dropped because of `MAX_DEPTH` or `MAX_SENDS`. */
  loopDrops = 0;
  /** Deliveries refused because `MAX_QUEUED` were waiting. */
  overflows = 0;
  private readonly queue: (() => void)[] = [];
  private head = 0;
  private queuedData = 0;
  private drained = 0;
  private afterIdle: (() => void) | null = null;

  /** Whether a nested send may go on. The caller has not yet called `enter`. */
  mayEnter(): boolean {
    return this.depth < MAX_DEPTH && this.sends < MAX_SENDS;
  }

  enter(): void {
    this.depth++;
  }

  /** Ends what `enter` began; the outermost one drains the queue before it ends. */
  leave(): void {
    if (this.depth === 1 && this.head < this.queue.length) this.drain();
    this.depth--;
    if (this.depth > 0) return;
    this.sends = 0;
    if (this.afterIdle === null) return;
    const task = this.afterIdle;
    this.afterIdle = null;
    task();
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

  /** Runs queued tasks in order, those they queue included. */
  private drain(): void {
    while (this.head < this.queue.length) {
      const task = this.queue[this.head++]!;
      // Every queued delivery starts with a send budget of its own; the queue's bound limits the whole.
      this.sends = 0;
      this.drained++;
      task();
    }
    this.drained = 0;
    this.queue.length = 0;
    this.head = 0;
  }
}
