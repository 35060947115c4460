import type { GraphHistory } from "@ngflow/graph";
import type { NodeReply } from "@ngflow/server";
import type { RebuildScript } from "@ngflow/plan";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import type { TypeDescription } from "../control/describe-types.ts";
import type { GraphWatch } from "./graph-watch.ts";

/** How long the export ports of a graph are taken as known. */
const KNOWN_MS = 5000;

/** Ports in the `connect` messages of a graph's sockets: where it exports to. */
export function exportPorts({ commands }: RebuildScript): number[] {
  return commands.flatMap(([verb, , command, address = ""]) => {
    const port = /^inet6?\/.*:(\d+)$/.exec(address)?.[1];
    return verb === "msg" && command === "connect" && port !== undefined ? [Number(port)] : [];
  });
}

/**
 * Whether a graph belongs to a data directory: it exports to a port on which the collector of the directory listens,
 * or to none yet. `listening` is null where no collector runs.
 */
export function isOwn(exports: readonly number[], listening: readonly number[] | null): boolean {
  return exports.length === 0 || (listening?.some((port) => exports.includes(port)) ?? false);
}

/**
 * The graph behind the usual control socket, if it is that of a data directory. On one machine a second `ngflow serve`
 * with its own directory finds the graph of the first there: shown beside the other's collector, its figures would
 * accuse a pipeline that works.
 */
export class OwnGraph {
  readonly #watch: GraphWatch;
  readonly #listening: () => Promise<readonly number[] | null>;
  /** The export ports of the graph as it was at a revision and a time of the monotonic clock. */
  #known: { readonly revision: number; readonly ports: readonly number[]; readonly atMs: number } | undefined;

  /** @param listening ports of the collector of the data directory; null while none runs */
  constructor(watch: GraphWatch, listening: () => Promise<readonly number[] | null>) {
    this.#watch = watch;
    this.#listening = listening;
  }

  /** The current graph; null while there is none, or it is another directory's. */
  async snapshot(): Promise<DaemonSnapshot | null> {
    const snapshot = await this.#watch.snapshot();
    return snapshot !== null && (await this.#isOwn(snapshot)) ? snapshot : null;
  }

  async history(): Promise<GraphHistory | null> {
    return (await this.snapshot()) === null ? null : this.#watch.history();
  }

  async types(): Promise<readonly TypeDescription[] | null> {
    return (await this.snapshot()) === null ? null : this.#watch.types();
  }

  async askNode(node: number, message: string, args: string): Promise<NodeReply | null> {
    return (await this.snapshot()) === null ? null : this.#watch.askNode(node, message, args);
  }

  async ageMs(): Promise<number | null> {
    return (await this.snapshot()) === null ? null : this.#watch.ageMs();
  }

  async #isOwn({ revision }: DaemonSnapshot): Promise<boolean> {
    const nowMs = performance.now();
    let known = this.#known;
    // A message to a socket is not a new revision.
    if (known?.revision !== revision || nowMs - known.atMs > KNOWN_MS) {
      const script = await this.#watch.rebuild();
      // The last answer holds while the graph is too slow for a new one.
      if (script === null && known === undefined) return false;
      if (script !== null) known = this.#known = { revision, ports: exportPorts(script), atMs: nowMs };
    }
    return known !== undefined && isOwn(known.ports, await this.#listening());
  }
}
