import type { Palette } from "../../theme/palette.ts";
import type { AlertBand } from "../alert-bands.ts";
import type { ExploreKind } from "./options.ts";
import type { ExploreData } from "./series.ts";

/** What a drawing is made of. */
export interface Drawing {
  readonly kind: ExploreKind;
  readonly data: ExploreData;
  /** The opposite direction; null without one. */
  readonly back: ExploreData | null;
  /** Values of the period before, one per bin. */
  readonly before: readonly (number | null)[] | null;
  /** Times at which alerts fired. */
  readonly alerts: readonly AlertBand[];
  readonly palette: Palette;
  /** Key of the group that is drawn strongly; null for all alike. */
  readonly emphasis: string | null;
  /** A logarithmic axis. */
  readonly log?: boolean;
  /** A line at the 95th percentile of the total, of each direction. */
  readonly p95?: boolean;
  /** Text of a value on the axis. */
  readonly text: (value: number) => string;
  /** Width of the canvas, pixels. */
  readonly width: number;
  /**
   * Groups that there may be. An option always has so many, empty ones included: ECharts' pointer box does not survive
   * a series that is taken away under it.
   */
  readonly most: number;
}
