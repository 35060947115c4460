import type { ViewRow } from "../view.ts";
import { THINGS } from "./things.ts";

/** A page for each sort of thing: the same component, with the filters and questions of its row. */
export const thingViews: readonly ViewRow[] = THINGS.map(({ path, title }) => ({
  path,
  title,
  needs: () => ["thing"],
  load: () => import("./Thing.svelte"),
}));
