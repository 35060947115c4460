import type { FlowsResult, QueryResult } from "@ngflow/server/client";
import type { PathParams } from "../../views/path.ts";
import { filterOfThing, type Question, thingOf } from "../../views/things/things.ts";
import type { Losses } from "../../state/losses.ts";
import { recordedSince } from "../../state/coverage.ts";
import type { Span } from "../../state/span.ts";
import { composedChart } from "../chart.ts";
import { askSums } from "../sums.ts";

/** What the page of a thing shows. */
export interface ThingAnswer {
  /** The values in the path that it is about: an answer about another thing is not shown. */
  readonly about: string;
  /** What the unit of the page sums, over time, arriving and leaving; null where there is no direction. */
  readonly arriving: QueryResult;
  readonly leaving: QueryResult | null;
  /** By bin: whether it is recorded and settled, so that no traffic in it is zero traffic. */
  readonly settled: readonly boolean[];
  /** Runs of bins in which nothing at all is recorded: first and last. */
  readonly notRecorded: readonly (readonly [number, number])[];
  /** What is known to be missing, and the bins it is told in. */
  readonly losses: Losses;
  readonly span: Span;
  /** The flow received last; absent where there is none in the range. */
  readonly newest: FlowsResult["rows"][number] | undefined;
  /** The answers to the questions, in their order. */
  readonly rankings: readonly QueryResult[];
}

/** What identifies a thing among those of all pages. */
export function aboutOf(params: PathParams): string {
  return JSON.stringify(Object.entries(params).sort());
}

/** The page of a host, an interface and so on: its traffic in both directions, and its largest groups. */
export const thingChart = composedChart({
  kind: "thing",
  label: { en: "Traffic", ja: "トラフィック" },
  options: { top: 8 },
  columns: 12,
  path: "/query",
  async ask({ params, state, filter, span, window, coverage }, { top }, get): Promise<ThingAnswer | null> {
    const thing = thingOf(params);
    const at = thing?.at(params) ?? null;
    if (!thing || at === null) return null;
    const of = (which: Question["of"]): string => filterOfThing(at, which, filter);
    const { metric } = state;
    const bins = { from: span.from, to: span.to, step: span.stepMs / 1000, top: 1 };
    const range = { from: window.fromMs, to: window.toMs };
    const [covered, arriving, leaving, newest] = await Promise.all([
      coverage(),
      askSums(get, metric, { ...bins, filter: of("in") }),
      at.out === null ? null : askSums(get, metric, { ...bins, filter: of("out") }),
      get("/flows", { ...range, limit: 1, filter: of("both") }),
    ]);
    const { settled, notRecorded, losses } = recordedSince(covered, span, [arriving, leaving]);
    const rankings: QueryResult[] = [];
    // Two at a time: other pages want their turn, too.
    for (let i = 0; i < thing.questions.length; i += 2) {
      const pair = thing.questions.slice(i, i + 2);
      const asked = pair.map((one) =>
        get("/query", { ...range, metric: "bytes", by: one.by, top, filter: of(one.of) }),
      );
      rankings.push(...(await Promise.all(asked)));
    }
    return {
      about: aboutOf(params),
      settled,
      notRecorded,
      losses,
      span,
      arriving,
      leaving,
      newest: newest.rows[0],
      rankings,
    };
  },
});
