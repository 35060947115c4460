import { formatIpv4, formatIpv6, type Log, type PacketBatch } from "@ngflow/base";
import { createGraph, type Graph, type Node, type NodeContext, type NodeType } from "@ngflow/graph";
import { type ModelInterface, type ModelMachine, nodeLabel, type Place } from "@ngflow/plan";
import {
  attachEther,
  createEifaceType,
  createKsocketType,
  netflowType,
  NODE_TYPES,
  SimulatedHost,
  SimulatedInterface,
} from "@ngflow/nodes";
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
}

/** A machine that is not there: FreeBSD's interfaces as the article knows them, and every type of ngflow. */
export class Model implements ModelMachine {
  readonly graph: Graph;
  readonly interfaces: ModelInterface[] = [];
  private nowMs = START_MS;
  private readonly listeners: Listener[] = [];
  private readonly sockets = new WeakMap<Node, QuietSocket>();

  constructor(options: ModelOptions) {
    const clock = { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs - START_MS };
    this.graph = createGraph({
      clock,
      types: NODE_TYPES.map((type) => this.standIn(type)),
      ...(options.log !== undefined && { log: options.log }),
    });
    for (const name of options.interfaces) this.attach(name);
  }

  onArrival(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Tells the listeners of a packet that has left the graph. */
  readonly arrived = (place: Place, packet: Uint8Array): void => {
    for (const listener of this.listeners) listener(place, packet);
  };

  advance(milliseconds: number): void {
    this.nowMs += milliseconds;
    this.graph.tick(this.nowMs);
  }

  targetOf(node: Node): string | undefined {
    const peer = this.sockets.get(node)?.peer;
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

  /** The type itself, or its counterpart that leaves the machine alone. */
  private standIn(type: NodeType): NodeType {
    if (type.name === "netflow") return netflowType({ maxFlows: MODEL_FLOWS });
    if (type.name === "eiface") return createEifaceType(new SimulatedHost().open);
    if (type.name !== "ksocket") return type;
    // Every node opens its own socket while its hook is being made; the node is known when it is created.
    let context: NodeContext | undefined;
    const quiet = createKsocketType(() => {
      const node = context?.node;
      const socket = new QuietSocket((packet) => {
        if (node !== undefined) this.arrived({ end: "node", name: nodeLabel(node) }, packet);
      });
      if (node !== undefined) this.sockets.set(node, socket);
      return socket;
    });
    return {
      ...quiet,
      create(given) {
        context = given;
        return quiet.create!(given);
      },
    };
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
