import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Profile } from "@ngflow/nodes/engine";
import type { SamplingChoice } from "./engine-choices.ts";
import { ExportError } from "./errors.ts";
import { isShareable } from "./open-destination.ts";

/** Number of threads, or as many as the machine has cores where that is faster. */
export type WorkersChoice = number | "auto";

/** More threads than cores are no faster. The limit bounds the cost of a mistyped number. */
const WORKERS_MAX = 64;
/** A smaller capture is metered before another thread has started. */
const AUTO_LEAST_BYTES = 64 << 20;

/** Reads `auto` or a number of threads. Returns undefined for anything else. */
export function parseWorkers(text: string): WorkersChoice | undefined {
  if (text === "auto") return text;
  const count = Number(text);
  return /^\d{1,2}$/.test(text) && count >= 1 && count <= WORKERS_MAX ? count : undefined;
}

/** What the number of threads depends on. */
interface Circumstances {
  readonly workers: WorkersChoice;
  readonly read?: string;
  readonly to?: string;
  readonly profile: Profile;
  readonly sampling?: SamplingChoice;
}

/**
 * How many threads meter. `auto` is the number of cores; but 1 for a small capture, where threads are not possible, and
 * with sampling, which would choose other packets.
 * @throws ExportError `export-workers` for a number above 1 where threads are not possible
 */
export function workersFor({ workers, read, to, profile, sampling }: Circumstances): number {
  if (workers === 1) return 1;
  const problem = obstacle(read, to, profile);
  if (workers !== "auto") {
    if (problem !== undefined) throw new ExportError("export-workers", `--workers ${problem}`);
    return workers;
  }
  if (problem !== undefined || sampling !== undefined) return 1;
  if (read !== undefined && sizeOf(read) < AUTO_LEAST_BYTES) return 1;
  return Math.min(availableParallelism(), WORKERS_MAX);
}

/** Why several threads cannot meter: each reads the whole file, and has its own socket and source id. */
function obstacle(read: string | undefined, to: string | undefined, profile: Profile): string | undefined {
  if (profile !== "modern") return `cannot be used with profile ${profile}, which has only one source id`;
  if (!isShareable(to)) return "needs --to udp://HOST:PORT";
  if (read === undefined) return undefined;
  const stat = read === "-" ? undefined : statSync(read, { throwIfNoEntry: false });
  // What is absent or a directory is refused when it is opened.
  const isOnce = read === "-" || (stat !== undefined && !stat.isFile() && !stat.isDirectory());
  return isOnce ? "needs a file: each thread reads all of it" : undefined;
}

/** Bytes of a regular file, 0 for anything else. */
function sizeOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? stat.size : 0;
}
