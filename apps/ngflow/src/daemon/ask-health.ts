import { setTimeout } from "node:timers/promises";
import { existsSync } from "node:fs";
import type { ReadyCheck } from "@ngflow/server";
import { isListening } from "../control/is-listening.ts";
import { collectorSocketPaths } from "../options/runtime-path.ts";
import { systemReason } from "../output/system-reason.ts";
import { askServer } from "./ask-server.ts";
import { CollectorWatch } from "./collector-watch.ts";
import { GraphWatch } from "./graph-watch.ts";
import { listenerReason, spoolReason } from "./readiness.ts";
import { serveFile } from "./run-files.ts";

/** What a daemon says of itself. */
export interface DaemonHealth {
  /** Who answered; null if nobody did. */
  readonly daemon: "serve" | "collect" | "graph" | null;
  /** Whether it is ready. */
  readonly ok: boolean;
  readonly checks: readonly ReadyCheck[];
}

/** Where daemons may be, and how long one may take to answer. */
export interface HealthQuestion {
  readonly dataDirectory: string;
  readonly control: string;
  readonly timeoutMs: number;
}

/**
 * The health of the first daemon that there is: `serve` or `up` of the data directory, which also say how its collector
 * is; its collector alone; the graph behind the control socket.
 */
export async function askHealth(question: HealthQuestion): Promise<DaemonHealth> {
  const found = existsSync(question.dataDirectory)
    ? ((await askServe(question)) ?? (await askCollector(question)))
    : undefined;
  return found ?? (await askGraph(question)) ?? nobody(question);
}

async function askServe({ dataDirectory, timeoutMs }: HealthQuestion): Promise<DaemonHealth | undefined> {
  const daemon = serveFile(dataDirectory).read();
  if (daemon === undefined) return undefined;
  try {
    const { body } = await askServer(daemon, `${daemon.url}/readyz`, { timeoutMs });
    return { daemon: "serve", ...(JSON.parse(body) as Pick<DaemonHealth, "ok" | "checks">) };
  } catch (cause) {
    // A daemon that was killed leaves its file.
    if ((cause as NodeJS.ErrnoException).code === "ECONNREFUSED") return undefined;
    const reason = (cause as Error).name === "TimeoutError" ? late(timeoutMs) : systemReason(cause);
    return health("serve", { answer: `${daemon.url}: ${reason}` });
  }
}

async function askCollector({ dataDirectory, timeoutMs }: HealthQuestion): Promise<DaemonHealth | undefined> {
  const watch = new CollectorWatch(collectorSocketPaths(dataDirectory), dataDirectory);
  try {
    for (const endMs = performance.now() + timeoutMs; ;) {
      const state = await watch.state();
      if (state !== null) {
        // `up` starts its collector first, and ends it last.
        if (state.child === true) return health("serve", { console: "it is not open: ngflow up starts, or ends" });
        return health("collect", { listener: listenerReason(state), spool: spoolReason(state.spoolFill) });
      }
      if (!watch.connected) return undefined;
      if (performance.now() > endMs) return health("collect", { answer: late(timeoutMs) });
    }
  } finally {
    watch.close();
  }
}

async function askGraph({ control, timeoutMs }: HealthQuestion): Promise<DaemonHealth | undefined> {
  if (!(await isListening(control))) return undefined;
  const watch = new GraphWatch(control);
  try {
    const ageMs = await Promise.race([watch.ageMs(), setTimeout(timeoutMs, null)]);
    return health("graph", { answer: ageMs === null ? late(timeoutMs) : null });
  } finally {
    await watch.close();
  }
}

function nobody({ dataDirectory, control }: HealthQuestion): DaemonHealth {
  return { ...health("serve", { daemon: `none runs with ${dataDirectory} or ${control}` }), daemon: null };
}

function health(daemon: DaemonHealth["daemon"], reasons: Readonly<Record<string, string | null>>): DaemonHealth {
  const checks = Object.entries(reasons).map(([check, reason]) => ({ check, ok: reason === null, reason }));
  return { daemon, ok: checks.every(({ ok }) => ok), checks };
}

const late = (ms: number): string => `no answer within ${ms / 1000} s`;
