import type { App, RouteContext } from "../context.ts";

/**
 * `/healthz`: 200 while every part works, else 503, and the age of each as JSON. It needs no token, and shows nothing
 * else.
 */
export function registerHealth(app: App, { deps }: Pick<RouteContext, "deps">): void {
  app.get("/healthz", async (c) => {
    const parts = (await deps.health?.()) ?? [];
    const ok = parts.every((part) => part.ok);
    return c.json({ ok, parts }, ok ? 200 : 503, { "cache-control": "no-store" });
  });
}
