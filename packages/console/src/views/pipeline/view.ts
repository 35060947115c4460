import type { ViewRow } from "../view.ts";

/** Each hop from the packet to the stored row, with its counters in words. */
export const pipelineView: ViewRow = {
  path: "/pipeline",
  title: { en: "Pipeline", ja: "パイプライン" },
  help: "how-to/prove-the-numbers",
  needs: () => [],
  load: () => import("./Pipeline.svelte"),
};
