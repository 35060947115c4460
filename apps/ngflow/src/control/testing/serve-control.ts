import { MessageChannel } from "node:worker_threads";
import type { Graph } from "@ngflow/graph";
import { answerControl, type AnswerOptions } from "../answer-control.ts";
import type { ControlCounters } from "../control-counters.ts";
import { listenControl, type ListenOptions } from "../server.ts";

export type ControlServerOptions = ListenOptions & AnswerOptions;

export interface ControlServer {
  readonly path: string;
  counters(): ControlCounters;
  close(): Promise<void>;
}

/** Both sides of a control socket, joined by a channel as in the daemon, in one thread with the graph of a test. */
export async function serveControl(graph: Graph, options: ControlServerOptions): Promise<ControlServer> {
  const { port1, port2 } = new MessageChannel();
  const answered = answerControl(graph, port2, options);
  const close = (): void => {
    port1.close();
    port2.close();
  };
  const listener = await listenControl(options, port1).catch((error: unknown) => {
    close();
    throw error;
  });
  return {
    path: listener.path,
    counters: answered.counters,
    async close() {
      await listener.close();
      // The channel carries the end of the connections, and with them of their nodes.
      await new Promise((resolve) => setImmediate(resolve));
      close();
    },
  };
}
