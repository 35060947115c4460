import { type Client, createClient } from "@ngflow/server/client";
import { BASE_PATH } from "./base.ts";
import { visibleJson } from "../format/visible-json.ts";

/** The API of the server this page came from. */
export const api: Client<AbortSignal> = createClient(BASE_PATH, async (url, signal) => {
  const response = await fetch(url, { signal: signal ?? null, headers: { accept: "application/json" } });
  // The token is not that of the server, which may have been restarted: the page then is the one to sign in.
  if (response.status === 401) location.reload();
  return { status: response.status, body: visibleJson(await response.text()) };
});
