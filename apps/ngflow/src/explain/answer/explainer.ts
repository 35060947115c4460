import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { type Failure, RelayedError } from "@ngflow/base";
import type { Explain, ExplainAnswer, ExplainQuestion } from "@ngflow/server";
import { ScriptError } from "../errors.ts";

/** What the thread of a script says at its end. */
export type ThreadAnswer = { readonly answer: ExplainAnswer } | { readonly failure: Failure };

/** Longest time that a script may take. Its own limits end most scripts earlier. */
const MOST_MS = 20_000;
/** Memory of the thread, megabytes: a script that needs more ends it, and nothing else. */
const MEMORY_MB = 256;
/** Scripts that wait for the one that is being tried. */
const MOST_WAITING = 4;

/** Tries scripts one after the other, each in a thread of its own, so that none holds up the server. */
export function explainer(limitMs = MOST_MS): Explain {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return async (question, signal) => {
    if (waiting > MOST_WAITING) return "busy";
    waiting++;
    const mine = last.then(() => inThread(question, signal, limitMs)).finally(() => waiting--);
    last = mine.catch(() => {});
    return mine;
  };
}

async function inThread(question: ExplainQuestion, signal: AbortSignal, limitMs: number): Promise<ExplainAnswer> {
  if (signal.aborted) throw new ScriptError("script-ended", "the script was not tried: nobody waits for it");
  const file = new URL(`./explain-thread${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, {
    workerData: question,
    name: "explain",
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  const end = (): void => void worker.terminate();
  const timer = setTimeout(end, limitMs);
  signal.addEventListener("abort", end);
  try {
    const [said] = (await Promise.race([once(worker, "message"), once(worker, "exit").then(() => [])])) as [
      ThreadAnswer?,
    ];
    if (said === undefined)
      throw new ScriptError("script-ended", `the script takes longer than ${limitMs / 1000} s to try`);
    if ("failure" in said) throw new RelayedError(said.failure);
    return said.answer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY") {
      throw new ScriptError("script-ended", `the script takes more than ${MEMORY_MB} MB of memory to try`);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    await worker.terminate();
  }
}
