import { type ControlSocketEvents, type Graph, openControlSocket, structureNode } from "@ngflow/graph";
import type { SessionClient } from "../commands/ngctl/verb.ts";

/**
 * A connection to a graph of this process. Every operation is complete when the call returns, so that a script run
 * through it is not interrupted between its lines.
 * @param close called after the socket node is gone.
 * @throws NgError when the name is taken.
 */
export function localClient(graph: Graph, name: string, events: ControlSocketEvents): SessionClient {
  const control = openControlSocket(graph, { name, events });
  const refuse = (): Promise<never> => Promise.reject(new Error("a graph without a daemon answers no calls"));
  return {
    nodeId: control.nodeId,
    send: (path, message) => Promise.resolve(control.send(path, message)),
    sendAscii: (path, command, args) => Promise.resolve(control.sendAscii(path, command, args)),
    write: (hook, packet) => Promise.resolve(control.write(hook, packet)),
    call: refuse,
    structure: () => Promise.resolve(Array.from(graph.nodes(), structureNode)),
    snapshot: () => Promise.resolve(graph.snapshot()),
    close() {
      control.close();
      return Promise.resolve();
    },
  };
}
