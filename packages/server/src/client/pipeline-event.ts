import type { Pipeline } from "@ngflow/flows";

/** Data of a `pipeline` event. */
export interface PipelineEvent extends Pipeline {
  /** Unix milliseconds at which the sample was taken. */
  readonly timeMs: number;
}
