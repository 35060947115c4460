import type { ApiAnswer, ApiParams, ApiPath, GraphSnapshot } from "@ngflow/server/client";
import type { Text } from "../messages/catalogue.ts";
import type { Round } from "../state/round.ts";

/** Declares a chart. */
interface ChartText<Options> {
  /** Its name in addresses and in the lists of the views. */
  readonly kind: string;
  readonly label: Text;
  /** Settings with their defaults. */
  readonly options: Options;
  /** Its width on a page with other charts, in twelfths. */
  readonly columns: 4 | 5 | 6 | 7 | 12;
  /** It is waited for: on a new page the other charts ask after it. */
  readonly isFirst?: true;
}

/** A chart of an answer of the API, which is asked for again and again while a view shows the chart. */
export interface AskedChart<P extends ApiPath, Options> extends ChartText<Options> {
  readonly path: P;
  /** The parameters of the request. @throws FilterError when the filter does not parse */
  params(round: Round, options: Options): ApiParams<P> | Promise<ApiParams<P>>;
  /** Whether an answer has the shape that the chart draws. */
  accepts(answer: ApiAnswer<P>): boolean;
}

/** Asks the API for one answer; the signal of the round cancels it. */
export type Get = <P extends ApiPath>(path: P, params: ApiParams<P>) => Promise<ApiAnswer<P>>;

/** A chart that is made of several answers. */
export interface ComposedChart<Answer, Options> extends ChartText<Options> {
  /** The route of most of its requests. */
  readonly path: ApiPath;
  ask(round: Round, options: Options, get: Get): Promise<Answer>;
}

/** A chart of the graph that the event stream sends. It makes no request. */
export interface LiveChart<Options> extends ChartText<Options> {
  readonly path: null;
  accepts(graph: GraphSnapshot): boolean;
}

/** A row of `CHARTS` that requests `path`. */
export function askedChart<const P extends ApiPath, const Options>(
  row: AskedChart<P, Options>,
): AskedChart<P, Options> {
  return row;
}

/** A row of `CHARTS` that makes several requests. */
export function composedChart<Answer, const Options>(
  row: ComposedChart<Answer, Options>,
): ComposedChart<Answer, Options> {
  return row;
}
