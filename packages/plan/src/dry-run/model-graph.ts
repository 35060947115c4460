import type { Graph, Node } from "@ngflow/graph";
import type { PacketBatch } from "@ngflow/base";
import type { Place } from "./traffic.ts";

/** An interface of the model machine: its node, and both of its ends. */
export interface ModelInterface {
  readonly name: string;
  readonly node: Node;
  readonly mac: Uint8Array;
  fromWire(batch: PacketBatch): void;
  fromHost(batch: PacketBatch): void;
}

/**
 * The machine that a script is tried on: a graph whose interfaces lead nowhere and whose sockets send nothing. Packets
 * that reach an end of an interface, a socket or a program are reported to `onArrival`.
 */
export interface ModelMachine {
  readonly graph: Graph;
  readonly interfaces: readonly ModelInterface[];
  /** Calls `listener` for every packet that leaves the graph, bytes borrowed. */
  onArrival(listener: (place: Place, packet: Uint8Array) => void): void;
  /** Lets time pass: queues and timers of nodes run. */
  advance(milliseconds: number): void;
  /** Address that a socket's node sends to; undefined for other nodes and unconnected sockets. */
  targetOf(node: Node): string | undefined;
  /** Why the model rejects a type that it does not have; undefined when it has the type. */
  missingType(type: string): string | undefined;
  /** Why the model lacks a node that FreeBSD makes when a module is loaded; undefined for other names. */
  missingNode(name: string): string | undefined;
}

/** A node as reports name it: its name, or `[2a]`. */
export function nodeLabel(node: { readonly id: number; readonly name: string | null }): string {
  return node.name ?? `[${node.id.toString(16)}]`;
}
