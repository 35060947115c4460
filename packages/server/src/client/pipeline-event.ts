import type { FlowColumn, Pipeline } from "@ngflow/flows";

/** A row of `/api/v1/columns`. */
export type ColumnInfo = Pick<FlowColumn, "name" | "label" | "role" | "kind">;

/** Data of a `pipeline` event. */
export interface PipelineEvent extends Pipeline {
  /** Unix milliseconds at which the sample was taken. */
  readonly timeMs: number;
}
