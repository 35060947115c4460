import type { Span } from "./span.ts";
import type { ViewState } from "./url-state.ts";

/** One round of requests: what the charts of the view have in common. */
export interface Round {
  readonly state: ViewState;
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** Flow records to ask for. */
  readonly rows: number;
  /** The filter. @throws FilterError when it does not parse: the server is not asked what is known to be wrong. */
  readonly filter: () => string;
  /** Whole bins until now, no earlier than the first record stored; asks the server for that one once a round. */
  readonly span: () => Promise<Span>;
}
