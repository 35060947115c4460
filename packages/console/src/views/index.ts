import { alertsView } from "./alerts/view.ts";
import { docsPageView, docsView } from "./docs/view.ts";
import { exportersView } from "./exporters.ts";
import { explainView } from "./explain/view.ts";
import { exploreView } from "./explore/view.ts";
import { graphView } from "./graph.ts";
import { overviewView } from "./overview/view.ts";
import { pipelineView } from "./pipeline/view.ts";
import { recordsView } from "./records/view.ts";
import { savedLinkView, savedView } from "./saved/view.ts";
import { thingViews } from "./things/view.ts";
import type { ViewRow } from "./view.ts";

/** Every page, in the order of the menu: a row per page. Routes, menu, titles and requests follow from it. */
export const VIEWS: readonly ViewRow[] = [
  overviewView,
  exploreView,
  recordsView,
  exportersView,
  alertsView,
  pipelineView,
  graphView,
  explainView,
  savedView,
  savedLinkView,
  docsView,
  docsPageView,
  ...thingViews,
];
