import { serveStatic } from "@hono/node-server/serve-static";
import type { App } from "./context.ts";

/**
 * The built console from `root`: hashed assets may be kept for ever, the page itself is asked for every time, and any
 * other path without a file extension is the page, which reads its own address.
 */
export function serveConsole(app: App, root: string): void {
  const files = serveStatic({ root, precompressed: true });
  const page = serveStatic({ root, path: "index.html", precompressed: true });
  app.get("*", async (c, next) => {
    const { path } = c.req;
    if (path.startsWith("/api/") || path === "/metrics") return next();
    // A miss calls `next` and gives no response of its own.
    const response =
      (await files(c, async () => {})) ?? (/\.[^/]*$/.test(path) ? undefined : await page(c, async () => {}));
    if (!response) return next();
    const kept = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    response.headers.set("cache-control", kept);
    return response;
  });
}
