import { parentPort, workerData } from "node:worker_threads";
import { failureOf, NgflowError } from "@ngflow/base";
import type { ExplainQuestion } from "@ngflow/server";
import { explainAnswer } from "./explain-answer.ts";
import type { ThreadAnswer } from "./explainer.ts";

// The thread of one script. It ends with it, and is ended when it takes too long.
const answer = await explainAnswer(workerData as ExplainQuestion).then(
  (done): ThreadAnswer => ({ answer: done }),
  (error: unknown): ThreadAnswer => {
    if (error instanceof NgflowError) return { failure: failureOf(error) };
    throw error;
  },
);
parentPort!.postMessage(answer);
