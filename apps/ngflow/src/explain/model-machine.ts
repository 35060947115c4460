import { formatIpv4, formatIpv6, type Log, type PacketBatch } from "@ngflow/base";
import { createGraph, type Graph, type Node, type NodeType } from "@ngflow/graph";
import { type ModelInterface, type ModelMachine, nodeLabel, type Place } from "@ngflow/plan";
import { attachEther, nodeTypes, type Profile, SimulatedHost, SimulatedInterface } from "@ngflow/nodes";
import { lackedType } from "./freebsd-types.ts";
import { missingNode } from "./missing-node.ts";
import { ObservedInterface } from "./observed-interface.ts";
import { QuietSocket } from "./quiet-socket.ts";

/** Cache size of a modelled netflow node. Probes are few, and a script may make many nodes. */
const MODEL_FLOWS = 64;
/** Start time of the model, fixed so that explaining a script twice gives the same report. */
const START_MS = 1_700_000_000_000;

/** Ids up to here are listed in order: a script uses one for each node and for each ngctl. */
const LIST_BUCKETS = 2048;

type Listener = (place: Place, packet: Uint8Array) => void;

export interface ModelOptions {
  readonly interfaces: readonly string[];
  readonly log?: Log;
  /** Profile of netflow nodes, by default `modern`. */
  readonly profile?: Profile;
  /**
   * Nodes are listed in the order in which they were made. On a machine, the order depends on how many nodes there have
   * been before; a script that takes the last one of a list means the newest.
   */
  readonly listsInOrder?: boolean;
  /** Node types besides those of ngflow. */
  readonly types?: readonly NodeType[];
}

/** A simulated machine: the interfaces of the NetFlow article on FreeBSD, and every node type of ngflow. */
export class Model implements ModelMachine {
  readonly graph: Graph;
  readonly interfaces: ModelInterface[] = [];
  readonly #listeners: Listener[] = [];
  readonly #sockets = new WeakMap<Node, QuietSocket>();
  #nowMs = START_MS;

  constructor(options: ModelOptions) {
    const clock = { nowMs: () => this.#nowMs, monotonicMs: () => this.#nowMs - START_MS };
    this.graph = createGraph({
      clock,
      types: [
        ...nodeTypes({
          netflow: { maxFlows: MODEL_FLOWS, profile: options.profile ?? "modern" },
          openInterface: new SimulatedHost(undefined, false).open,
          openSocket: (_kind, node) => this.#quietSocket(node),
        }),
        ...(options.types ?? []),
      ],
      ...(options.listsInOrder === true && { listBuckets: LIST_BUCKETS }),
      ...(options.log !== undefined && { log: options.log }),
    });
    for (const name of options.interfaces) this.attach(name);
  }

  onArrival(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** Reports a packet that has left the graph to the listeners. */
  readonly arrived = (place: Place, packet: Uint8Array): void => {
    for (const listener of this.#listeners) listener(place, packet);
  };

  advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
    this.graph.tick(this.#nowMs);
  }

  targetOf(node: Node): string | undefined {
    const peer = this.#sockets.get(node)?.peer;
    if (peer === undefined) return undefined;
    if (peer.family === "local") return new TextDecoder().decode(peer.address);
    return peer.family === "inet"
      ? `${formatIpv4(peer.address)}:${peer.port}`
      : `[${formatIpv6(peer.address)}]:${peer.port}`;
  }

  missingType(type: string): string | undefined {
    if (this.graph.types().some((use) => use.type.name === type)) return undefined;
    return lackedType(type) ?? `no node type is called ${type}`;
  }

  missingNode(name: string): string | undefined {
    return missingNode(this.graph, name);
  }

  /** Sends nothing. A packet to be sent has already been reported as arrived at its node. */
  #quietSocket(node: Node): QuietSocket {
    const socket = new QuietSocket((packet) => this.arrived({ end: "node", name: nodeLabel(node) }, packet));
    this.#sockets.set(node, socket);
    return socket;
  }

  /** Reports packets that have left the graph to the listeners. */
  arrivedBatch(place: Place, batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) this.arrived(place, batch.packet(i));
  }

  /**
   * Makes an interface with its node.
   * @param observes whether it only observes, like a Linux interface that is not inline: what its node does with
   *   packets does not touch the host's own.
   */
  attach(name: string, { observes = false } = {}): ModelInterface {
    const index = this.interfaces.length;
    const mac = Uint8Array.of(0x02, 0, 0, 0, index >> 8, (index & 0xff) + 1);
    const toWire = (batch: PacketBatch): void => this.arrivedBatch({ end: "wire", name }, batch);
    const toHost = (batch: PacketBatch): void => this.arrivedBatch({ end: "host", name }, batch);
    const link = observes
      ? new ObservedInterface(name, index + 1, mac, { toWire, toHost })
      : new SimulatedInterface(name, index + 1, mac, { toWire, toHost });
    const attached = attachEther(this.graph, link);
    if (attached === undefined) throw new Error(`two interfaces are called ${name}`);
    const made: ModelInterface = {
      name,
      node: attached.node,
      mac,
      fromWire: (batch) => link.fromWire(batch),
      fromHost: (batch) => link.fromHost(batch),
    };
    this.interfaces.push(made);
    return made;
  }
}
