import { HOP_OLD_MS } from "@ngflow/flows";
import { type Finding, fault, ok, type Patient, warning } from "../finding.ts";

export async function lookAtDaemons({ url, dataDirectory, ask }: Patient): Promise<readonly Finding[]> {
  if (url === null) return [warning(`no "ngflow up" or "serve" runs on ${dataDirectory}`, "ngflow up, or --data")];
  const pipeline = await ask("/pipeline");
  if (pipeline === null) return [fault(`${url} does not answer, or not to this user`, "restart ngflow")];
  const silent = pipeline.hops.filter(({ ageMs = 0 }) => ageMs > HOP_OLD_MS).map(({ hop }) => hop);
  const running = ok(`ngflow runs: ${url}`);
  if (silent.length === 0) return [running];
  return [running, fault(`no answer from: ${silent.join(", ")}`, "look at the log, and restart ngflow")];
}
