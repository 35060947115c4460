import type { Log } from "@ngflow/base";
import type { Pipeline } from "@ngflow/flows";
import type { GraphSnapshot } from "@ngflow/graph";

/** The sample of one tick: the pipeline, and the graph if there is one. */
export interface Sample {
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly pipeline: Pipeline;
  readonly graph: GraphSnapshot | null;
}

export interface SamplerConfig {
  readonly intervalMs: number;
  /** Where the samples come from. */
  readonly take: () => Promise<Sample>;
  readonly log: Log;
}

/**
 * Takes one sample a tick for all listeners together, and only while there are any. A tick that comes while the last
 * sample is still being taken is skipped.
 */
export class Sampler {
  readonly #config: SamplerConfig;
  readonly #listeners = new Set<(sample: Sample) => void>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #busy = false;
  #failing = false;

  constructor(config: SamplerConfig) {
    this.#config = config;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Calls `listener` with every sample until the returned function is called. The first one comes at once. */
  listen(listener: (sample: Sample) => void): () => void {
    this.#listeners.add(listener);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => void this.#tick(), this.#config.intervalMs);
      void this.#tick();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.stop();
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #tick(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const sample = await this.#config.take();
      this.#failing = false;
      for (const listener of this.#listeners) listener(sample);
    } catch (error) {
      // Logged once per outage, not once a second.
      if (!this.#failing) this.#config.log.warn({ err: error }, "no sample for the event stream");
      this.#failing = true;
    } finally {
      this.#busy = false;
    }
  }
}
