import type { Clock } from "@ngflow/base";
import { type Faults } from "./faults.ts";
import type { Node } from "./node.ts";
import type { NodeType } from "./node-type.ts";
import { TagBits } from "./tag-bits.ts";
import { type TimerTask, Timers } from "./timers.ts";

/** What nodes take from the graph through their context and give back when they end. */
export class NodeResources {
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #timers: Timers;
  readonly #tagBits = new TagBits();
  readonly #cancels = new Map<Node, Set<() => void>>();

  /** @param onEarlierTimer as for `Timers`. */
  constructor(clock: Clock, faults: Faults, onEarlierTimer: ((inMs: number) => void) | undefined) {
    this.#clock = clock;
    this.#faults = faults;
    this.#timers = new Timers(onEarlierTimer);
  }

  tick(nowMs: number): number {
    return this.#timers.tick(nowMs);
  }

  startTimer(node: Node, intervalMs: number, task: TimerTask): () => void {
    const stop = this.#timers.every(this.#clock.nowMs(), intervalMs, (nowMs) => {
      let next: number | void = undefined;
      this.#faults.attempt(node, "timer", () => {
        next = task(nowMs);
      });
      return next;
    });
    const own = this.#cancels.get(node) ?? new Set();
    this.#cancels.set(node, own);
    const cancel = (): void => {
      stop();
      own.delete(cancel);
    };
    own.add(cancel);
    return cancel;
  }

  tagBit(node: Node): number {
    return this.#tagBits.take(node);
  }

  typeTagBits(type: NodeType): number {
    return this.#tagBits.ofType(type);
  }

  /** Takes back what the node has. */
  release(node: Node): void {
    for (const cancel of this.#cancels.get(node) ?? []) cancel();
    this.#cancels.delete(node);
    this.#tagBits.release(node);
  }
}
