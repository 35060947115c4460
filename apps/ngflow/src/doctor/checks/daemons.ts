import { setTimeout } from "node:timers/promises";
import { HOP_OLD_MS } from "@ngflow/flows";
import { type Finding, fault, ok, type Patient, warning } from "../finding.ts";

/** How long a part may take to answer. */
const ANSWER_MS = 2000;

/** Hops whose part has not answered for long; null if the server does not answer. */
async function silentHops(ask: Patient["ask"]): Promise<readonly string[] | null> {
  const pipeline = await ask("/pipeline");
  return pipeline && pipeline.hops.filter(({ ageMs = 0 }) => ageMs > HOP_OLD_MS).map(({ hop }) => hop);
}

export async function lookAtDaemons({ url, dataDirectory, ask }: Patient): Promise<readonly Finding[]> {
  if (url === null) return [warning(`no "ngflow up" or "serve" runs on ${dataDirectory}`, "ngflow up, or --data")];
  let silent = await silentHops(ask);
  if (silent === null) return [fault(`${url} does not answer, or not to this user`, "restart ngflow")];
  if (silent.length > 0) {
    // Nobody may have asked for long, and the first answer may be late on a busy machine.
    await setTimeout(ANSWER_MS);
    silent = (await silentHops(ask)) ?? silent;
  }
  const running = ok(`ngflow runs: ${url}`);
  if (silent.length === 0) return [running];
  return [running, fault(`no answer from: ${silent.join(", ")}`, "look at the log, and restart ngflow")];
}
