import { NgflowError } from "@ngflow/base";
import { StoreError } from "./errors.ts";

/**
 * The error of a command for one of the database: what it says, in a line, as on a full disk. Any other error stays.
 * `then` is what becomes of the work.
 */
export function databaseError(error: unknown, then = ""): unknown {
  if (error instanceof NgflowError || !(error instanceof Error)) return error;
  const [line = ""] = error.message.split("\n");
  const said = /^Code: \d+\. (?:DB::Exception: )?(.+)$/.exec(line)?.[1];
  if (said === undefined) return error;
  const what = said.replace(/\.? \([A-Z_]+\)$/, "");
  return new StoreError("store-database", `store: the database says: ${what}${then}`, { cause: error });
}
