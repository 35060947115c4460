import { formatIpv4, formatIpv6, type Log, type PacketBatch } from "@ngflow/base";
import { createGraph, type Graph, type Node, type NodeType } from "@ngflow/graph";
import { type ModelInterface, type ModelMachine, nodeLabel, type Place } from "@ngflow/plan";
import { attachEther, nodeTypes, SimulatedHost, SimulatedInterface } from "@ngflow/nodes";
import { FREEBSD_TYPES } from "./freebsd-types.ts";
import { ObservedInterface } from "./observed-interface.ts";
import { QuietSocket } from "./quiet-socket.ts";

/** Flows that a modelled netflow node keeps: probes are few, and a script may make many nodes. */
const MODEL_FLOWS = 64;
/** When the model begins: a script explained twice says the same. */
const START_MS = 1_700_000_000_000;

type Listener = (place: Place, packet: Uint8Array) => void;

export interface ModelOptions {
  readonly interfaces: readonly string[];
  readonly log?: Log;
  /** Node types besides those of ngflow. */
  readonly types?: readonly NodeType[];
}

/** A machine that is not there: FreeBSD's interfaces as the article knows them, and every type of ngflow. */
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
          netflow: { maxFlows: MODEL_FLOWS },
          openInterface: new SimulatedHost().open,
          openSocket: (_kind, node) => this.#quietSocket(node),
        }),
        ...(options.types ?? []),
      ],
      ...(options.log !== undefined && { log: options.log }),
    });
    for (const name of options.interfaces) this.attach(name);
  }

  onArrival(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** Tells the listeners of a packet that has left the graph. */
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
    return FREEBSD_TYPES.has(type)
      ? `FreeBSD has the node type ${type}, ngflow has not: what the step does there is not modelled`
      : `no node type is called ${type}`;
  }

  /** Sends nothing; what it was to send has arrived at its node. */
  #quietSocket(node: Node): QuietSocket {
    const socket = new QuietSocket((packet) => this.arrived({ end: "node", name: nodeLabel(node) }, packet));
    this.#sockets.set(node, socket);
    return socket;
  }

  /** Tells the listeners of packets that have left the graph. */
  arrivedBatch(place: Place, batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) this.arrived(place, batch.packet(i));
  }

  /**
   * Makes an interface with its node. @param observes it only watches, as Linux interfaces do unless they are inline: what its node does with
   * packets does not touch the host's own.
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
