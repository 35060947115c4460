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
import { CarDirection } from "./car-direction.ts";
import { type CarConfig, configType, type statsType } from "./car-types.ts";
import { checkConfig, internalConfig } from "./direction-config.ts";

/** A car node (reference: nodes.md §15). */
export class CarBehaviour implements NodeBehaviour {
  readonly #context: NodeContext;
  /** From `upper` to `lower`, and from `lower` to `upper`. */
  readonly #down: CarDirection;
  readonly #up: CarDirection;

  constructor(context: NodeContext) {
    this.#context = context;
    this.#down = new CarDirection(context);
    this.#up = new CarDirection(context);
  }

  newHook(hook: Hook): void {
    const [from, back] = this.#directions(hook.name);
    from.begin(hook);
    back.to = hook;
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const direction = hook === this.#down.hook ? this.#down : this.#up;
    return direction.receive(batch, this.#context.clock.monotonicMs());
  }

  disconnect(hook: Hook): void {
    const [from, back] = this.#directions(hook.name);
    if (from.hook !== hook) return;
    from.end();
    back.to = null;
  }

  /** The direction that begins at a hook, and the one that ends there. @throws NgError EINVAL. */
  #directions(name: string): readonly [from: CarDirection, back: CarDirection] {
    if (name === "upper") return [this.#down, this.#up];
    if (name === "lower") return [this.#up, this.#down];
    throw new NgError("EINVAL");
  }

  /** Sets both directions, or none of them. @throws NgError EINVAL. */
  configure({ upstream, downstream }: CarConfig): void {
    checkConfig(internalConfig(downstream));
    checkConfig(internalConfig(upstream));
    this.#down.configure(downstream);
    this.#up.configure(upstream);
  }

  config(): CarConfig {
    return { upstream: this.#up.reported, downstream: this.#down.reported };
  }

  stats(): ValueOf<typeof statsType> {
    return { upstream: this.#up.stats, downstream: this.#down.stats };
  }

  /** Returns the statistics and sets them to zero. */
  clear(): ValueOf<typeof statsType> {
    const stats = this.stats();
    this.#down.clear();
    this.#up.clear();
    return stats;
  }

  /** As the message gave them: where packets are counted, getconf reports other bursts than setconf would need. */
  settings(): NodeSetting[] {
    const config = { upstream: this.#up.wanted, downstream: this.#down.wanted };
    return [settingOf("setconf", configType, config)];
  }

  counters(): Readonly<Record<string, number>> {
    const both = [this.#down, this.#up] as const;
    const sum = (of: (direction: CarDirection) => number): number => of(both[0]) + of(both[1]);
    return {
      dropAction: sum(({ drops }) => drops.dropAction),
      queueFull: sum(({ drops }) => drops.queueFull),
      unconnected: sum(({ drops }) => drops.unconnected),
      green: sum(({ totals }) => totals.green),
      yellow: sum(({ totals }) => totals.yellow),
      red: sum(({ totals }) => totals.red),
      waiting: sum(({ waiting }) => waiting),
    };
  }
}
