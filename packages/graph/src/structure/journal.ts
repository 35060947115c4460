import type { NodeSetting } from "../node-type.ts";
import type { Structure } from "./structure.ts";

/**
 * What has been touched in a graph since the journal was begun, as it was before: what an undo needs, at a cost that
 * depends on what is touched and not on the size of the graph.
 */
export interface Journal {
  /** The touched nodes and their edges, as they were and as they are. */
  structures(): { readonly before: Structure; readonly now: Structure };
  /** Settings of the touched nodes, as they were, by the id that the node had. */
  settings(): ReadonlyMap<number, readonly NodeSetting[]>;
  /** Stops following the graph. */
  end(): void;
}
