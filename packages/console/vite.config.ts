import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defaultClientConditions, defineConfig } from "vite";

/** Where `vite` finds the API while developing. */
const API = "http://127.0.0.1:8080";

export default defineConfig({
  base: "./",
  plugins: [svelte()],
  resolve: { conditions: ["@ngflow/source", ...defaultClientConditions] },
  build: {
    target: "es2022",
    // The graph layout carries its WebAssembly inside; it is a file of its own, loaded when the graph is shown.
    chunkSizeWarningLimit: 900,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/api": { target: API }, "/metrics": { target: API } } },
});
