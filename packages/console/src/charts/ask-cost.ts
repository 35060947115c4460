import type { ApiAnswer, ApiParams } from "@ngflow/server/client";
import type { Get } from "./chart.ts";

/** What a question would read; null where the server cannot tell, which is no reason not to ask. */
export async function askCost(get: Get, params: ApiParams<"/cost">): Promise<ApiAnswer<"/cost"> | null> {
  try {
    return await get("/cost", params);
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    return null;
  }
}
