import { type ServeAddress, serveFile } from "../../daemon/run-files.ts";
import { VerbError } from "./errors.ts";

/** The server that has a data directory open. @throws VerbError `no-server` */
export function runningServer(directory: string): ServeAddress {
  const server = serveFile(directory).read();
  if (server !== undefined) return server;
  throw new VerbError(
    "no-server",
    `${directory}: no "ngflow serve" or "ngflow up" runs here; start one, or name its data directory with --data`,
  );
}
