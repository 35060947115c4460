import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip as gzipWith } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { docs } from "./src/docs/build/plugin.ts";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

const [brotli, gzip] = [promisify(brotliCompress), promisify(gzipWith)];

/** Where `vite` finds the API while developing. */
const API = "http://127.0.0.1:8080";

/**
 * Writes `.br` and `.gz` next to every text file. The server sends them as they are. Pages of the documentation are
 * many and read seldom: they have `.br` alone, made faster.
 */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      const compress = async (name: string): Promise<void> => {
        if (!/\.(js|css|html|svg)$/.test(name)) return;
        const file = bundle[name];
        const isDocs = file?.type === "chunk" && file.facadeModuleId?.startsWith("\0virtual:docs/") === true;
        const bytes = await readFile(join(dir, name));
        const params = { [constants.BROTLI_PARAM_QUALITY]: isDocs ? 5 : 9 };
        await writeFile(join(dir, `${name}.br`), await brotli(bytes, { params }));
        if (!isDocs) await writeFile(join(dir, `${name}.gz`), await gzip(bytes, { level: 9 }));
      };
      await Promise.all([...Object.keys(bundle), "mark.svg"].map(compress));
    },
  };
}

/**
 * Names what only the first page needs in the head of the page, so that it is loaded next to what all pages need; the
 * server leaves the lines out on other pages.
 */
function preloadFirst(): Plugin {
  return {
    name: "preload-first",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle = {} }) {
        const names = Object.keys(bundle).filter((name) => name.startsWith("assets/first-"));
        return names.map((name) => ({
          tag: "link",
          injectTo: "head" as const,
          attrs: {
            ...(name.endsWith(".css") ? { rel: "preload", as: "style" } : { rel: "modulepreload" }),
            crossorigin: true,
            "data-page": "/",
            href: `./${name}`,
          },
        }));
      },
    },
  };
}

/**
 * What every page needs is one file, and what only the first page needs another: many small ones would wait for each
 * other. A group takes what its modules import along.
 */
const CORE = /\/src\/(?:main\.ts|App\.svelte|(?:state|format|theme)\/|components\/(?:time\/|[A-Z]\w*\.svelte))/;
const FIRST = /\/src\/(?:views\/overview|charts\/(?:summary|cards|traffic|talkers|flows|netgraph))\//;
/** Loaded when something is opened on the page, or on few pages only. */
const LATER = /FilterPanel|HistoryBar|Details|SpeedInput|FilterBar|PipelineStrip|EmptyState|LossNote|DimensionSelect/;
const isOf = (pages: RegExp) => (id: string) => pages.test(id) && !LATER.test(id);

export default defineConfig({
  // Files are named relative to where they are: the page may be served below a path.
  base: "./",
  plugins: [svelte(), docs(join(import.meta.dirname, "../..")), preloadFirst(), precompress()],
  resolve: { conditions: ["@ngflow/source", ...defaultClientConditions] },
  build: {
    target: "es2022",
    // The graph layout contains its WebAssembly. It is a separate file, loaded when the graph is shown.
    chunkSizeWarningLimit: 900,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "core", test: isOf(CORE), priority: 2 },
            { name: "first", test: isOf(FIRST), priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: API }, "/metrics": { target: API } } },
});
