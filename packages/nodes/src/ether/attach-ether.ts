import { type Graph, idAddress, NgError, type Node } from "@ngflow/graph";
import { ether } from "./ether.ts";
import { EtherBehaviour } from "./ether-behaviour.ts";
import type { EtherInterface } from "./ether-interface.ts";
import { etherNodeName } from "./node-name.ts";

/** An interface's node, from its owner's side. */
export interface AttachedEther {
  readonly node: Node;
  readonly source: EtherInterface;
  /** Passes on every frame captured until now; none follow. For a last, exact count before the graph goes. */
  drain(): void;
  /** Tells the node's peers that the link came up or went down. */
  linkState(up: boolean): void;
  /** Names the node after the interface's new name; a name that is taken leaves the old one, as in netgraph. */
  renamed(): void;
  /** The interface is gone: destroys the node. Safe when the node is gone already (`detach`). */
  remove(): void;
}

/**
 * Makes the `ether` node of an interface, named after it.
 * @returns undefined when a node of that name exists already: such interfaces get no node (reference: nodes.md §1.1).
 */
export function attachEther(graph: Graph, source: EtherInterface): AttachedEther | undefined {
  const name = etherNodeName(source.name);
  if (exists(graph, name)) return undefined;
  let behaviour: EtherBehaviour | undefined;
  const node = graph.addNode(ether.name, name, (context) => {
    behaviour = new EtherBehaviour(context, source);
    return behaviour;
  });
  return {
    node,
    source,
    drain: () => graph.run(() => behaviour?.drain()),
    linkState: (up) => graph.run(() => behaviour?.linkState(up)),
    renamed() {
      const renamed = etherNodeName(source.name);
      if (renamed === node.name || exists(graph, renamed)) return;
      graph.setName(undefined, idAddress(node.id), renamed);
    },
    remove() {
      graph.removeNode(node);
      source.stop();
    },
  };
}

function exists(graph: Graph, name: string): boolean {
  try {
    graph.resolve(undefined, `${name}:`);
    return true;
  } catch (error) {
    if (error instanceof NgError) return false;
    throw error;
  }
}
