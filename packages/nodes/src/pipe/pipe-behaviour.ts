import type { PacketBatch } from "@ngflow/base";
import {
  type Hook,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  settingOf,
  type ValueOf,
} from "@ngflow/graph";
import { asWanted, configurePipe } from "./configure-pipe.ts";
import { PipeDirection, type Shared } from "./pipe-direction.ts";
import { configType, type PipeConfig, type runType, type statsType } from "./pipe-types.ts";

/** How often what waits is looked at, if the graph's clock is looked at so often. */
const INTERVAL_MS = 1;
const NEW: Shared = { delay: 0, headerOffset: 0, overhead: 0 };

/** A pipe node (reference: nodes.md §14). */
export class PipeBehaviour implements NodeBehaviour {
  readonly #context: NodeContext;
  readonly #shared: Shared = { ...NEW };
  /** From `upper` to `lower`, and from `lower` to `upper`. */
  readonly #down: PipeDirection;
  readonly #up: PipeDirection;
  #stopTimer: (() => void) | null = null;

  constructor(context: NodeContext, random: () => number) {
    this.#context = context;
    this.#down = new PipeDirection(this.#shared, random);
    this.#up = new PipeDirection(this.#shared, random);
  }

  newHook(hook: Hook): void {
    if (hook.name === "upper") this.#down.begin(hook);
    else if (hook.name === "lower") this.#up.begin(hook);
    else throw new NgError("EINVAL");
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const nowUs = this.#context.clock.monotonicMs() * 1000;
    const errno =
      hook === this.#down.hook
        ? this.#down.receive(batch, this.#up.hook, nowUs)
        : this.#up.receive(batch, this.#down.hook, nowUs);
    this.#watch();
    return errno;
  }

  /** Looks again later while anything waits. */
  #watch(): void {
    const idle = this.#down.idle && this.#up.idle;
    if (!idle && this.#stopTimer === null) this.#stopTimer = this.#context.every(INTERVAL_MS, () => this.#advance());
    else if (idle && this.#stopTimer !== null) this.#rest();
  }

  #rest(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  #advance(): void {
    const nowUs = this.#context.clock.monotonicMs() * 1000;
    this.#down.advance(this.#up.hook, nowUs);
    this.#up.advance(this.#down.hook, nowUs);
    this.#watch();
  }

  configure(wanted: PipeConfig): void {
    configurePipe(wanted, this.#shared, this.#down, this.#up);
  }

  stats(): ValueOf<typeof statsType> {
    return { downstream: this.#down.stats(), upstream: this.#up.stats() };
  }

  /** Returns the statistics and sets them to zero. */
  clear(): ValueOf<typeof statsType> {
    const stats = this.stats();
    this.#down.clear();
    this.#up.clear();
    return stats;
  }

  run(): ValueOf<typeof runType> {
    return { downstream: this.#down.run(), upstream: this.#up.run() };
  }

  /** Equal bandwidths are reported once, for both directions. */
  config(): PipeConfig {
    const down = this.#down;
    const up = this.#up;
    const { delay, headerOffset, overhead } = this.#shared;
    const [downstream, upstream] = [down.config(), up.config()];
    const common = down.bandwidth === up.bandwidth ? down.bandwidth : 0;
    if (common > 0) downstream.bandwidth = upstream.bandwidth = 0;
    return { bandwidth: common, delay, header_offset: headerOffset, overhead, downstream, upstream };
  }

  /** Zeros leave what a new node has, so this is for one, or for this one after `reset`. */
  settings(): NodeSetting[] {
    const down = this.#down;
    const up = this.#up;
    const [downstream, upstream] = [asWanted(down.config()), asWanted(up.config())];
    const config = { ...this.config(), bandwidth: 0, downstream, upstream };
    return [settingOf("setcfg", configType, config, { reset: () => this.#reset() })];
  }

  #reset(): void {
    Object.assign(this.#shared, NEW);
    this.#down.reset();
    this.#up.reset();
  }

  /** Packets that wait for the hook, and those that came in through it, are lost with it. */
  disconnect(hook: Hook): void {
    if (hook === this.#down.hook) this.#down.end();
    else if (hook === this.#up.hook) this.#up.end();
    this.#watch();
  }

  close(): void {
    this.#rest();
    const down = this.#down;
    const up = this.#up;
    if (down.hook !== null && up.hook !== null) this.#context.bypass(down.hook, up.hook);
  }

  shutdown(): undefined {
    this.#rest();
    return undefined;
  }

  counters(): Readonly<Record<string, number>> {
    const both = [this.#down, this.#up] as const;
    const sum = (of: (direction: PipeDirection) => number): number => of(both[0]) + of(both[1]);
    return {
      queueFull: sum(({ drops }) => drops.queueFull),
      delayFull: sum(({ drops }) => drops.delayFull),
      bitErrors: sum(({ drops }) => drops.bitErrors),
      unconnected: sum(({ drops }) => drops.unconnected),
      duplicates: sum(({ duplicates }) => duplicates),
      waiting: sum(({ queuedFrames, delayedFrames }) => queuedFrames + delayedFrames),
    };
  }
}
