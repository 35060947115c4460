import { E } from "@ngflow/base";
import { type Graph, type HistoryStep, type Node, NgError } from "@ngflow/graph";
import { listed, nodeLabel, whyRefused } from "@ngflow/plan";
import { z } from "zod";
import { lackedType } from "../explain/freebsd-types.ts";
import { missingNode } from "../explain/missing-node.ts";
import { ControlError } from "./errors.ts";

/** The command that started a daemon and made its graph. */
export interface GraphMaker {
  /** Name of the node that stood for it in the graph while it did. */
  readonly sender: string;
  /** The command, for people: `ngflow up`. */
  readonly command: string;
}

const request = z.object({
  /** Id of the node that relative addresses start from. */
  from: z.number().int(),
  /** ngctl's verb in full, and its arguments. */
  verb: z.string(),
  args: z.array(z.string()).max(600),
  errno: z.number().int(),
});

/** Nothing of a script is known here: no name is given by a later step. */
const NO_STEPS: ReadonlyMap<string, number> = new Map();

/**
 * Answers the request `why`: the reason of an error that the graph has just returned, as one sentence; null when the
 * error says it all.
 */
export function refusalReason(graph: Graph, given: unknown, maker?: GraphMaker): string | null {
  const result = request.safeParse(given);
  if (!result.success) throw new ControlError("control-request", `why: ${result.error.issues[0]!.message}`);
  const { from, verb, args, errno } = result.data;
  const context = { from: graph.node(from), verb, args, errno, namedAt: NO_STEPS, number: 0, mayFail: false };
  const machine = {
    graph,
    missingType: (type: string) => missingType(graph, type),
    missingNode: (name: string) => missingNode(graph, name),
  };
  const reason = whyRefused({ ...context, machine });
  const made = maker === undefined || errno !== E.EEXIST ? undefined : madeBy(graph, context.from, verb, args, maker);
  return reason !== null && made !== undefined ? `${reason}; ${made}` : reason;
}

function missingType(graph: Graph, type: string): string | undefined {
  const names = graph.types().map((use) => use.type.name);
  if (names.includes(type)) return undefined;
  const module = graph.modules().find(({ types, loaded }) => !loaded && types.includes(type));
  if (module !== undefined) return `type ${type} is not loaded: ngflow kldload ${module.name}`;
  return lackedType(type) ?? `no node type is called ${type}; types: ${listed(names.toSorted())}`;
}

/**
 * A sentence when the hook that a command wants is taken by a link that the maker of the graph made: a reader who types
 * the steps of a tutorial next to `ngflow up` finds them done.
 */
function madeBy(
  graph: Graph,
  from: Node | undefined,
  verb: string,
  args: readonly string[],
  maker: GraphMaker,
): string | undefined {
  const [path, , third] = args.length < 4 ? [".", ...args] : args;
  if ((verb !== "mkpeer" && verb !== "connect") || path === undefined || third === undefined) return undefined;
  try {
    const hook = graph.resolve(from, path).hooks.get(third);
    const peer = hook?.peer;
    if (hook === undefined || !peer) return undefined;
    const step = graph.history().steps.findLast((each) => joins(each, hook.node.id, hook.name));
    if (step?.sender !== maker.sender) return undefined;
    const label = nodeLabel(peer.node);
    return `"${maker.command}" made ${label} when it started; to build the graph yourself, run "ngflow graph" instead`;
  } catch (error) {
    if (error instanceof NgError) return undefined;
    throw error;
  }
}

/** Whether a step connected a hook of a node. */
function joins({ changes }: HistoryStep, id: number, hook: string): boolean {
  return changes.some(
    (change) => change.kind === "joined" && change.ends.some((end) => end.id === id && end.hook === hook),
  );
}
