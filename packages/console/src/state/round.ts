import type { PathParams } from "../views/path.ts";
import type { Coverage } from "./coverage.ts";
import type { Span } from "./span.ts";
import type { ResolvedWindow } from "./time-window.ts";
import type { ViewState } from "./url-state.ts";

/** One round of requests: what the charts of the view have in common. */
export interface Round {
  readonly state: ViewState;
  /** Values in the path of the page. */
  readonly params: PathParams;
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** The range of the state, in Unix milliseconds. */
  readonly window: ResolvedWindow;
  /** The range as whole bins. */
  readonly span: Span;
  /** Flow records to ask for. */
  readonly rows: number;
  /**
   * The filter that is applied: that of the state, or the last one that could be read when that one has an error. It
   * parses, so the server is not asked what is known to be wrong.
   */
  readonly filter: string;
  /** What part of the span, or of another one, is recorded and settled; asks the server once a round and span. */
  readonly coverage: (span?: Span) => Promise<Coverage>;
}
