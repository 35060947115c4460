import type { App, RouteContext } from "../context.ts";

/** Nobody else may answer for this server. */
const UNKEPT = { "cache-control": "no-store" };

/**
 * What watchers ask, without a token; it shows nothing else.
 *
 * - `/healthz`: 200 while every part works, else 503, and the age of each as JSON. Who does not work is started again.
 * - `/readyz`: 200 while flows can be taken and questions answered, else 503, and the reasons. Who is not ready gets no
 *   requests.
 */
export function registerHealth(app: App, { deps }: Pick<RouteContext, "deps">): void {
  app.get("/healthz", async (c) => {
    const parts = (await deps.health?.()) ?? [];
    const ok = parts.every((part) => part.ok);
    return c.json({ ok, parts }, ok ? 200 : 503, UNKEPT);
  });
  app.get("/readyz", async (c) => {
    const checks = (await deps.ready?.()) ?? [];
    const ok = checks.every((check) => check.ok);
    return c.json({ ok, checks }, ok ? 200 : 503, UNKEPT);
  });
}
