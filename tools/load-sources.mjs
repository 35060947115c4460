// Loads modules of the checkout from their sources, so that a generator needs no build.
import { join } from "node:path";
import { createViteServer } from "vitest/node";
import { root } from "./workspaces.mjs";

const conditions = ["@ngflow/source"];

/** `load` imports a module by its path from the root; `close` ends the loader. */
export async function sourceLoader() {
  const server = await createViteServer({
    root,
    configFile: false,
    logLevel: "error",
    appType: "custom",
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
  });
  return { load: (path) => server.ssrLoadModule(join(root, path)), close: () => server.close() };
}
