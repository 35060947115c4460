import { serveStatic } from "@hono/node-server/serve-static";
import type { App } from "./context.ts";

/**
 * The built console from `root`: hashed assets are cached forever, the page is requested every time, and any other
 * path is the page, which reads its own URL: but not one that looks like a file, at the top or among the assets. Deeper
 * paths may hold any value, such as `/host/192.0.2.1`.
 */
export function serveConsole(app: App, root: string): void {
  const files = serveStatic({ root, precompressed: true });
  const page = serveStatic({ root, path: "index.html", precompressed: true });
  app.get("*", async (c, next) => {
    const { path } = c.req;
    if (path.startsWith("/api/") || path === "/metrics") return next();
    // For a file that does not exist it calls `next` and sends no response.
    const response =
      (await files(c, async () => {})) ??
      (/^\/(assets\/.*|[^/]*\.[^/]*)$/.test(path) ? undefined : await page(c, async () => {}));
    if (!response) return next();
    const kept = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    response.headers.set("cache-control", kept);
    return response;
  });
}
