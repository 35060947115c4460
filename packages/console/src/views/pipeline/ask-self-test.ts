import type { SelfTestAnswer } from "@ngflow/server/client";

/** Sends a flow through collector and store. @throws Error with what the server says when it does not */
export async function askSelfTest(
  fetchIt: (url: string, init: RequestInit) => Promise<Response>,
): Promise<SelfTestAnswer> {
  const response = await fetchIt("/api/v1/self-test", { method: "POST" });
  if (response.ok) return (await response.json()) as SelfTestAnswer;
  const said = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
  throw new Error(said?.error?.message ?? String(response.status));
}
