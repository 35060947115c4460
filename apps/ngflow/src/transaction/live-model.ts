import { idAddress, NgError, SOCKET_TYPE } from "@ngflow/graph";
import { nodeLabel } from "@ngflow/plan";
import { ScriptError } from "../explain/errors.ts";
import { Model } from "../explain/model-machine.ts";
import type { GraphState } from "./graph-state.ts";
import { writeSettings } from "./setting.ts";

/** Node ids up to this one are the same in the copy. Each skipped id costs a little time. */
const MAX_SAME_ID = 2_000_000;

/**
 * A model machine in the state of a live graph: nodes with their ids and names, edges, and settings. Interfaces lead
 * nowhere and sockets send nothing.
 * @throws NgflowError when it has a node of a type that the model lacks.
 */
export function liveModel(state: GraphState): Model {
  const model = new Model({ interfaces: [], profile: state.profile });
  const { graph } = model;
  const ids = new Map<number, number>();
  let last = 0;
  for (const node of [...state.nodes].sort((a, b) => a.id - b.id)) {
    if (node.id <= MAX_SAME_ID)
      for (; last < node.id - 1; last++) graph.removeNode(graph.addNode(SOCKET_TYPE.name, null, () => ({})));
    const id = makeNode(model, node, state);
    ids.set(node.id, id);
    last = id;
  }
  for (const node of state.nodes) {
    for (const { name, peerId, peerHook } of node.hooks) {
      if (peerId < node.id || (peerId === node.id && peerHook < name)) continue;
      const [from, to] = [ids.get(node.id), ids.get(peerId)];
      if (from !== undefined && to !== undefined)
        graph.connect(undefined, idAddress(from), idAddress(to), name, peerHook);
    }
  }
  writeSettings(
    graph,
    state.settings.flatMap((setting) => {
      const nodeId = ids.get(setting.nodeId);
      return nodeId === undefined ? [] : [{ ...setting, nodeId }];
    }),
  );
  return model;
}

function makeNode(model: Model, node: GraphState["nodes"][number], state: GraphState): number {
  const { graph } = model;
  const label = nodeLabel(node);
  try {
    const { create, role } = graph.requireType(node.type);
    if (create !== undefined) return graph.addNode(node.type, node.name, create).id;
    if (role === "interface") {
      const name = node.name ?? `interface${node.id}`;
      const made = model.attach(name, { observes: state.observing.includes(name) });
      return made.node.id;
    }
    if (role === "program") {
      const behaviour = {
        receive: (_hook: unknown, batch: Parameters<Model["arrivedBatch"]>[1]) => {
          model.arrivedBatch({ end: "node", name: label }, batch);
          return 0;
        },
        message: () => undefined,
      };
      return graph.addNode(node.type, node.name, () => behaviour).id;
    }
    throw new NgError("EINVAL");
  } catch (error) {
    if (!(error instanceof NgError)) throw error;
    throw new ScriptError(
      "model-lacks-type",
      `node ${label} is of type ${node.type}, which cannot be modelled (${error.message}): use --force to apply the script without a dry run`,
      { cause: error },
    );
  }
}
