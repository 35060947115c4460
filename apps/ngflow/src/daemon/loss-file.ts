import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "@ngflow/base";
import { type Loss, LOSS_REASONS, type LossKeeper, type LossState } from "@ngflow/flows";

/** A file of losses above it is written anew, without those that are too old, in bytes. */
const FILE_MAX = 8 * 2 ** 20;
const KEPT_MS = 90 * 86_400_000;

/** What was lost and when: `losses.ndjson` in a data directory, a line for each loss, and `losses.json`, the state. */
export function lossFiles(dataDirectory: string): { readonly losses: string; readonly state: string } {
  return { losses: join(dataDirectory, "losses.ndjson"), state: join(dataDirectory, "losses.json") };
}

/** Reads the losses of a data directory. Lines that are none, as after a full disk, are left out. */
export function readLosses(dataDirectory: string): ReturnType<LossKeeper["load"]> {
  const files = lossFiles(dataDirectory);
  const state = parsed(read(files.state)) as LossState | undefined;
  const losses = (read(files.losses) ?? "").split("\n").flatMap((line) => {
    const loss = parsed(line) as Loss | undefined;
    return loss !== undefined && loss.reason in LOSS_REASONS && loss.fromMs <= loss.toMs ? [loss] : [];
  });
  return { state: typeof state?.timeMs === "number" ? state : null, losses };
}

/** Keeps the losses of a data directory. Only its server writes them. What cannot be written is logged once. */
export function lossFile(dataDirectory: string, log: Log): LossKeeper {
  const files = lossFiles(dataDirectory);
  let failed = false;
  return {
    load: () => readLosses(dataDirectory),
    keep(state, losses) {
      try {
        if (losses.length > 0) {
          appendFileSync(files.losses, losses.map((loss) => `${JSON.stringify(loss)}\n`).join(""), { mode: 0o640 });
          if (statSync(files.losses).size > FILE_MAX) shorten(files.losses, dataDirectory, state.timeMs);
        }
        replace(files.state, JSON.stringify(state));
        failed = false;
      } catch (error) {
        if (!failed) log.warn({ err: String(error) }, "what is lost cannot be kept; a restart forgets it");
        failed = true;
      }
    },
  };
}

/** Half of the file at most, the newest. */
function shorten(file: string, dataDirectory: string, nowMs: number): void {
  const lines: string[] = [];
  let bytes = 0;
  for (const loss of readLosses(dataDirectory).losses.toReversed()) {
    const line = `${JSON.stringify(loss)}\n`;
    bytes += line.length;
    if (bytes > FILE_MAX / 2 || loss.toMs < nowMs - KEPT_MS) break;
    lines.push(line);
  }
  replace(file, lines.toReversed().join(""));
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.tmp`, text, { mode: 0o640 });
  renameSync(`${file}.tmp`, file);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function parsed(text: string | undefined): unknown {
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
