import type { Pipeline } from "@ngflow/flows";
import { askServer } from "../../daemon/ask-server.ts";
import { type ServeAddress, serveFile } from "../../daemon/run-files.ts";
import { ServiceError } from "../errors.ts";
import type { Measurements } from "./graphs.ts";

/** munin-node gives up after ten seconds by default. */
const TIMEOUT_MS = 8000;

/** Queries the `ngflow serve` that has a data directory open. @throws NgflowError when none answers. */
export async function measure(dataDirectory: string): Promise<Measurements> {
  const serve = serveFile(dataDirectory).read();
  if (serve === undefined) {
    throw new ServiceError("serve-absent", `no ngflow serve holds ${dataDirectory}, or it cannot be read`);
  }
  const [pipeline, traffic] = await Promise.all([
    ask<Pipeline>(serve, "/api/v1/pipeline"),
    ask<{ rows: Record<string, string | number>[] }>(serve, "/api/v1/query?by=Proto&metric=bps&last=5m&top=256"),
  ]);
  return {
    pipeline,
    bitsPerSecond: new Map(traffic.rows.map((row) => [String(row["Proto"]), Number(row["bps"])])),
  };
}

async function ask<Answer>(serve: ServeAddress, path: string): Promise<Answer> {
  try {
    const { status, body } = await askServer(serve, serve.url + path, { timeoutMs: TIMEOUT_MS });
    if (status !== 200) throw new Error(`status ${status}`);
    return JSON.parse(body) as Answer;
  } catch (error) {
    throw new ServiceError("serve-silent", `${serve.url} does not answer: ${(error as Error).message}`);
  }
}
