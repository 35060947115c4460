import type { ViewRow } from "../view.ts";

/** The index of the documentation. */
export const docsView: ViewRow = {
  path: "/docs",
  title: { en: "Help", ja: "ヘルプ" },
  hidden: true,
  needs: () => [],
  load: () => import("./Docs.svelte"),
};

/** A page of the documentation, by its path below `docs/` of the repository. */
export const docsPageView: ViewRow = {
  path: "/docs/*page",
  title: { en: "Documentation", ja: "ドキュメント" },
  needs: () => [],
  load: () => import("./Docs.svelte"),
};
