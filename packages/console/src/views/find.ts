import { VIEWS } from "./index.ts";
import { matchPath, type PathParams } from "./path.ts";
import type { ViewRow } from "./view.ts";

/** The row of the page at a path, and the values in the path; undefined when there is no such page. */
export function viewAt(path: string): { readonly row: ViewRow; readonly params: PathParams } | undefined {
  for (const row of VIEWS) {
    const params = matchPath(row.path, path);
    if (params) return { row, params };
  }
  return undefined;
}
