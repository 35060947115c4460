import { type Client, createClient } from "@ngflow/server/client";
import { askServer } from "./ask-server.ts";
import type { ServeAddress } from "./run-files.ts";

/** The API of the daemon that a run file names, with its token. */
export function serverClient(daemon: ServeAddress): Client<AbortSignal> {
  return createClient<AbortSignal>(daemon.url, (address, signal, body) =>
    askServer(daemon, address, {
      ...(signal && { signal }),
      ...(body === undefined ? {} : { method: "POST", body }),
    }),
  );
}
