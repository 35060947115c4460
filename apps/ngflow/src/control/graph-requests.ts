import { askNode, type Graph, type ModuleInfo, NgError } from "@ngflow/graph";
import { rebuildScript } from "@ngflow/plan";
import { cachedFlows } from "./cached-flows.ts";
import type { ControlRequest } from "./connection.ts";
import { describeTypes } from "./describe-types.ts";
import { ControlError } from "./errors.ts";
import { structureInSlices } from "./graph-in-slices.ts";
import { loadTypesOf } from "./load-types.ts";
import { requireMayLoad } from "./may-load.ts";
import { type GraphMaker, refusalReason } from "./refusal-reason.ts";
import { typeText } from "./type-text.ts";

/** The framework itself: always loaded, like a built-in part of a kernel. */
const FRAMEWORK = "netgraph";

/** What requests about a graph depend on. */
export interface GraphRequestOptions {
  /** Absolute path of the directory of which members of the control group may load modules. */
  readonly modules?: string | undefined;
  /** The command that made the graph, if it was not built by hand. */
  readonly maker?: GraphMaker | undefined;
}

/**
 * Requests about the graph as a whole, by name; every daemon answers them. Errors carry the errno's name as their code.
 */
export function graphRequests(
  graph: Graph,
  { modules, maker }: GraphRequestOptions = {},
): Record<string, ControlRequest> {
  return {
    history: () => graph.history(),
    structure: () => structureInSlices(graph),
    flows: () => cachedFlows(graph),
    rebuild: () => rebuildScript(graph),
    types: () => describeTypes(graph),
    ask(args) {
      const { node, message, text } = question(args);
      return askNode(graph, node, message, text);
    },
    why: (args) => refusalReason(graph, args, maker),
    typetext(args) {
      const found = graph.types().find(({ type }) => type.name === args);
      return found === undefined ? null : typeText(found.type);
    },
    kldload(args) {
      const name = moduleName(args);
      if (name === FRAMEWORK) throw new NgError("EEXIST");
      graph.loadModule(name);
    },
    kldloadfile(args, rights) {
      if (typeof args !== "string") throw new ControlError("control-request", "the argument must be an absolute path");
      requireMayLoad(args, rights, modules);
      return loadTypesOf(graph, args);
    },
    kldunload(args) {
      const name = moduleName(args);
      if (name === FRAMEWORK) throw new NgError("EBUSY");
      graph.unloadModule(name);
    },
    kldstat: (): ModuleInfo[] => [{ name: FRAMEWORK, types: [], loaded: true }, ...graph.modules()],
  };
}

/** What a client asks a node: the node's id, the name of a message and its arguments as text. */
function question(args: unknown): { readonly node: number; readonly message: string; readonly text: string } {
  const { node, message, text } = (args ?? {}) as Record<string, unknown>;
  if (typeof node === "number" && typeof message === "string" && typeof text === "string")
    return { node, message, text };
  throw new ControlError("control-request", "the argument must have node, message and text");
}

/** `ng_ether` of `ng_ether` and `ng_ether.ko`. */
function moduleName(args: unknown): string {
  if (typeof args === "string") return args.replace(/\.ko$/, "");
  throw new ControlError("control-request", "the argument must be a module name");
}
