import { type Graph, openControlSocket } from "@ngflow/graph";
import type { ClientRights } from "./client-rights.ts";
import { ControlConnection, type ControlRequest } from "./connection.ts";
import { type ControlCounters, controlCounters, NOTHING_LISTENED, NOTHING_REQUESTED } from "./control-counters.ts";
import type { DaemonSnapshot } from "./daemon-snapshot.ts";
import { snapshotInSlices } from "./graph-in-slices.ts";
import { graphRequests } from "./graph-requests.ts";
import type { JsonParts } from "./json-parts.ts";
import { PortLink } from "./port-link.ts";
import type { FromGraphThread, ThreadPort, ToGraphThread } from "./port-messages.ts";
import type { GraphMaker } from "./refusal-reason.ts";

export interface AnswerOptions {
  /** Requests to the daemon by name, next to those of the graph. What they return or resolve to becomes JSON. */
  readonly requests?: Readonly<Record<string, ControlRequest>>;
  /** Absolute path of the directory of which members of the control group may load modules; none if absent. */
  readonly modules?: string | undefined;
  /** The command that made the graph, if it was not built by hand. */
  readonly maker?: GraphMaker | undefined;
  /** Counters of the daemon's threads, for its snapshot. */
  readonly threads?: () => Readonly<Record<string, number>>;
  /** Called for errors that are not the client's: a defect in the graph. */
  readonly onError?: (error: Error) => void;
}

/** What the graph's side offers to the daemon. */
export interface GraphControl {
  counters(): ControlCounters;
  /** The current graph, with the counters of the control socket. */
  snapshot(): DaemonSnapshot;
}

/**
 * The graph's side of the control socket: every client is a `socket` node. Runs in the thread of the graph; messages
 * take effect between batches of packets. `listenControl` is the other side; `port` is one end of the channel to it.
 */
export function answerControl(
  graph: Graph,
  port: ThreadPort<FromGraphThread, ToGraphThread>,
  options: AnswerOptions = {},
): GraphControl {
  const { onError = () => {}, threads = () => ({}) } = options;
  const requested = { ...NOTHING_REQUESTED };
  let listening = NOTHING_LISTENED;
  const counters = (): ControlCounters => controlCounters(listening, requested);
  const snapshot = (): DaemonSnapshot => ({ ...graph.snapshot(), control: counters(), threads: threads() });
  const sliced = (): Promise<JsonParts> => snapshotInSlices(graph, () => ({ control: counters(), threads: threads() }));
  const requests = { ...graphRequests(graph, options), snapshot: sliced, ...options.requests };
  const clients = new Map<number, { readonly link: PortLink; readonly connection: ControlConnection }>();

  const open = (client: number, rights: ClientRights): void => {
    const link = new PortLink(client, port);
    const connection = new ControlConnection(link, {
      open: (name, events) => openControlSocket(graph, { name, events }),
      requests,
      rights,
      counters: requested,
      onError,
    });
    clients.set(client, { link, connection });
  };

  port.on("message", (message) => {
    if (message.kind === "opened") {
      open(message.client, message.rights);
      return;
    }
    if (message.kind === "counters") {
      listening = message.counters;
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
  return { counters, snapshot };
}
