import { type Graph, openControlSocket } from "@ngflow/graph";
import { ControlConnection, type ControlRequest, type RequestCounters } from "./connection.ts";
import { graphRequests } from "./graph-requests.ts";
import { PortLink } from "./port-link.ts";
import type { FromGraphThread, ThreadPort, ToGraphThread } from "./port-messages.ts";

export interface AnswerOptions {
  /** Requests to the daemon by name, next to those of the graph. What they return or resolve to becomes JSON. */
  readonly requests?: Readonly<Record<string, ControlRequest>>;
  /** Told of faults that are not the caller's to handle: a defect in the graph. */
  readonly onError?: (error: Error) => void;
}

/**
 * The graph's side of the control socket: every client is a `socket` node. Runs in the thread of the graph; messages take
 * effect between batches of packets. `listenControl` is the other side, through a channel whose other end is `port`.
 */
export function answerControl(
  graph: Graph,
  port: ThreadPort<FromGraphThread, ToGraphThread>,
  options: AnswerOptions = {},
): Readonly<RequestCounters> {
  const { onError = () => {} } = options;
  const counters: RequestCounters = { requests: 0, malformedFrames: 0, droppedMessages: 0, droppedPackets: 0 };
  const requests = { ...graphRequests(graph), ...options.requests };
  const clients = new Map<number, { readonly link: PortLink; readonly connection: ControlConnection }>();

  const open = (client: number): void => {
    const link = new PortLink(client, port);
    const connection = new ControlConnection(link, {
      open: (name, events) => openControlSocket(graph, { name, events }),
      requests,
      counters,
      onError,
    });
    clients.set(client, { link, connection });
  };

  port.on("message", (message) => {
    if (message.kind === "opened") {
      open(message.client);
      return;
    }
    const entry = clients.get(message.client);
    if (entry === undefined) return;
    if (message.kind === "frames") for (const frame of message.frames) entry.connection.receive(frame);
    else if (message.kind === "taken") entry.link.taken(message.bytes);
    else {
      entry.link.gone();
      entry.connection.close();
      clients.delete(message.client);
    }
  });
  return counters;
}
