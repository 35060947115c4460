import { type Client, createClient } from "@ngflow/server/client";

/** The API of the server this page came from. */
export const api: Client<AbortSignal> = createClient("", async (url, signal) => {
  const response = await fetch(url, { signal: signal ?? null, headers: { accept: "application/json" } });
  return { status: response.status, body: await response.text() };
});
