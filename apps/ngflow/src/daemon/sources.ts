import type { ExporterStatus, Pipeline } from "@ngflow/flows";
import type { GraphHistory } from "@ngflow/graph";
import type { Sources } from "@ngflow/server";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import type { HopFacts } from "./pipeline.ts";

/** The parts of ngflow that the server shows, run by this process or reached from it. */
export interface ServedParts {
  /** The graph; null where none can be reached. */
  readonly graph: { snapshot(): Promise<DaemonSnapshot | null>; history(): Promise<GraphHistory | null> };
  /** What the collector says of itself; null where none runs. */
  readonly collector: () => {
    readonly collector: HopFacts;
    readonly spool: HopFacts;
    readonly exporters: readonly ExporterStatus[];
  } | null;
  readonly info: Readonly<Record<string, string | number | boolean | null>>;
}

/** What a source is asked with: the parts, and the count at each hop through all of them. */
interface SourceDeps extends ServedParts {
  readonly pipeline: () => Promise<Pipeline>;
}

type SourceTable = { readonly [Path in keyof Sources]: (deps: SourceDeps) => ReturnType<Sources[Path]> };

/** Where the routes without parameters find their answers: a row per route. */
const SOURCES: SourceTable = {
  "/pipeline": (deps) => deps.pipeline(),
  "/graph": (deps) => deps.graph.snapshot(),
  "/graph/history": (deps) => deps.graph.history(),
  "/exporters": (deps) => ({ exporters: deps.collector()?.exporters ?? [] }),
  "/info": (deps) => deps.info,
};

/** The sources of a server that shows these parts. */
export function sourcesOf(deps: SourceDeps): Sources {
  const bound = Object.entries(SOURCES).map(([path, ask]) => [path, () => ask(deps)]);
  return Object.fromEntries(bound) as Sources;
}
