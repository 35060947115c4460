/** Made by `src/docs/build/plugin.ts`. */
declare module "virtual:docs" {
  import type { DocsEntry } from "./pages.ts";
  export const PAGES: readonly DocsEntry[];
}
