import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import type { App } from "./context.ts";

/**
 * The built console from `root`: hashed assets are cached forever, the page is requested every time, and any other
 * path is the page, which reads its own URL: but not one that looks like a file, at the top or among the assets. Deeper
 * paths may hold any value, such as `/host/192.0.2.1`.
 *
 * Lines of the page with `data-page="/"` are those of its first page: what only that needs.
 *
 * The page names its files relative to `./`, which is the base path for a reader behind a proxy.
 */
export function serveConsole(app: App, root: string, basePath: string): void {
  const files = serveStatic({ root, precompressed: true });
  const page = async (path: string): Promise<string> => {
    const text = (await readFile(join(root, "index.html"), "utf8")).replaceAll('"./', `"${basePath}/`);
    return path === "/" ? text : text.replace(/\s*<link[^>]* data-page="\/"[^>]*>/g, "");
  };
  app.get("*", async (c, next) => {
    const { path } = c.req;
    if (path.startsWith("/api/") || path === "/metrics") return next();
    if (path !== "/" && path !== "/index.html") {
      // For a file that does not exist it calls `next` and sends no response.
      const response = await files(c, async () => {});
      if (response) {
        const kept = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
        response.headers.set("cache-control", kept);
        return response;
      }
      if (/^\/(assets\/.*|[^/]*\.[^/]*)$/.test(path)) return next();
    }
    return c.html(await page(path), 200, { "cache-control": "no-cache" });
  });
}
