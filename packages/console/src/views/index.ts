import { exportersView } from "./exporters.ts";
import { exploreView } from "./explore/view.ts";
import { flowsView } from "./flows/view.ts";
import { graphView } from "./graph.ts";
import { overviewView } from "./overview/view.ts";
import type { ViewRow } from "./view.ts";

/** Every page, in the order of the menu: a row per page. Routes, menu, titles and requests follow from it. */
export const VIEWS: readonly ViewRow[] = [overviewView, exploreView, flowsView, exportersView, graphView];
