import { type Graph, type HookContent, isQuestion, type NodeRole } from "@ngflow/graph";
import { type ArgumentField, argumentFields } from "./argument-shape.ts";

/** A loaded node type in the answer to the `types` request, for completion and help. */
export interface TypeDescription {
  readonly name: string;
  readonly summary: string;
  readonly role: NodeRole;
  /** Living nodes. */
  readonly nodes: number;
  readonly hooks: readonly { readonly name: string; readonly summary: string; readonly carries: HookContent }[];
  readonly messages: readonly {
    readonly name: string;
    /** Form of the arguments, empty when it takes none. */
    readonly args: string;
    readonly summary: string;
    /** The values of its arguments. */
    readonly fields: readonly ArgumentField[];
    /** It changes nothing, so that anybody may send it (see `askNode`). */
    readonly asks: boolean;
  }[];
}

/** Loaded types, newest first. */
export function describeTypes(graph: Graph): TypeDescription[] {
  return graph.types().map(({ type, nodes }) => ({
    name: type.name,
    summary: type.summary,
    role: type.role,
    nodes,
    hooks: type.hooks.map(({ name, summary, carries = "packets" }) => ({ name, summary, carries })),
    messages: type.messages.map((row) => ({
      name: row.name,
      args: row.args?.label ?? "",
      summary: row.summary,
      fields: argumentFields(row.args?.label ?? ""),
      asks: isQuestion(row),
    })),
  }));
}
