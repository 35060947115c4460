import type { ExporterStatus, LearnedName, Pipeline, SourceStatus, StoreStatus } from "@ngflow/flows";
import type { GraphHistory } from "@ngflow/graph";
import type { NodeReply, Sources } from "@ngflow/server";
import type { CachedFlows } from "../control/cached-flows.ts";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import type { TypeDescription } from "../control/describe-types.ts";
import type { AgedState } from "./collector-watch.ts";

/** The parts of ngflow that the server shows, in this process or another one. */
export interface ServeDeps {
  /** The graph; its methods resolve to null if it cannot be reached. */
  readonly graph: {
    snapshot(): Promise<DaemonSnapshot | null>;
    history(): Promise<GraphHistory | null>;
    types(): Promise<readonly TypeDescription[] | null>;
    /** Sends a node a message that changes nothing. */
    askNode(node: number, message: string, args: string): Promise<NodeReply | null>;
    /** The flows in its caches, and where their records come from; absent where the collector is another's. */
    readonly flows?: () => Promise<{ readonly exporter: string; readonly cached: readonly CachedFlows[] } | null>;
    /** Milliseconds since it last answered; null if it never did. */
    ageMs(): Promise<number | null>;
  };
  /** State of the collector; null if none runs. */
  readonly collector: () => Promise<AgedState | null>;
  /** Whether a collector belongs to this daemon, so that it is not ready without one. */
  readonly collects?: boolean;
  /** The exporters of the collector; null if none runs. */
  readonly exporters: () => Promise<readonly ExporterStatus[] | null>;
  /** Names that exporters sent, as the collector saved them. */
  readonly names: () => readonly LearnedName[];
  /** Reads the configuration again for a command. */
  readonly reload?: () => Promise<unknown>;
  /** Called while all threads of this process run. */
  readonly alive?: () => void;
  /** Resolves when somebody has asked to stop; only while it starts. */
  readonly stopping?: Promise<unknown>;
  readonly info: Readonly<Record<string, string | number | boolean | null>>;
}

/** What the sources use: the parts, and the pipeline through all of them. */
export interface SourceDeps extends ServeDeps {
  readonly pipeline: () => Promise<Pipeline>;
  readonly store: () => Promise<StoreStatus>;
  /** How the sources of names are, of this process and of the collector. */
  readonly nameStatus: () => Promise<readonly SourceStatus[]>;
}

type SourceTable = { readonly [Path in keyof Sources]: (deps: SourceDeps) => ReturnType<Sources[Path]> };

/** Sources of the routes without parameters, a row per route. */
const SOURCES: SourceTable = {
  "/pipeline": (deps) => deps.pipeline(),
  "/graph": (deps) => deps.graph.snapshot(),
  "/graph/history": (deps) => deps.graph.history(),
  "/graph/types": async (deps) => {
    const types = await deps.graph.types();
    return types && { types };
  },
  "/exporters": async (deps) => ({ exporters: (await deps.exporters()) ?? [] }),
  "/names/status": async (deps) => ({ sources: await deps.nameStatus() }),
  "/names": (deps) => ({ names: deps.names() }),
  "/store": (deps) => deps.store(),
  "/info": (deps) => deps.info,
};

/** The sources of a server that shows these parts. */
export function sourcesOf(deps: SourceDeps): Sources {
  const bound = Object.entries(SOURCES).map(([path, ask]) => [path, () => ask(deps)]);
  return Object.fromEntries(bound) as Sources;
}
