import type { NodeRole } from "../node-role.ts";

/** One end of an edge, in text. */
export interface EdgeEnd {
  readonly id: number;
  /** The node's name, null if it has none. */
  readonly node: string | null;
  readonly hook: string;
}

/** What an operation did to the graph's structure. */
export type GraphChange =
  | {
      readonly kind: "made" | "gone";
      readonly id: number;
      readonly type: string;
      readonly role: NodeRole;
      readonly name: string | null;
    }
  | {
      readonly kind: "named";
      readonly id: number;
      readonly type: string;
      readonly name: string;
      readonly was: string | null;
    }
  | { readonly kind: "joined" | "parted"; readonly ends: readonly [EdgeEnd, EdgeEnd] };
