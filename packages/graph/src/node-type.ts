import type { Clock, Log, PacketBatch } from "@ngflow/base";
import type { ControlMessage, ReplyAddress } from "./control-message.ts";
import type { Hook } from "./hook.ts";
import type { Node } from "./node.ts";
import type { NodeRole } from "./node-role.ts";
import type { ParseType } from "./parse/parse-type.ts";

/** One row of a node type's command list, the counterpart of `struct ng_cmdlist`. */
export interface MessageDescriptor {
  /** ASCII name, at most 31 characters. */
  readonly name: string;
  /** Command number, READONLY and HASREPLY included where the original has them. */
  readonly cmd: number;
  /** Another cookie than the type's own, where a message belongs to a different set. */
  readonly cookie?: number;
  /** Type of the arguments; absent: argument text is ignored, no bytes are sent, and bytes that come are ignored. */
  readonly args?: ParseType;
  /** Type of the reply's arguments. */
  readonly reply?: ParseType;
  /** What the message discards for good, in words, such as "statistics": a transaction that fails names it. */
  readonly clears?: string;
  /** One sentence for the reference page and completion. */
  readonly summary: string;
  /**
   * Acts on the message: `behaviour` is the node's, `args` a value of `args`. Returns a value of `reply`, or undefined
   * when there is no reply (yet). Absent: `NodeBehaviour.message` acts. Write rows with `messagesOf`, which infers the
   * types.
   */
  run?(behaviour: NodeBehaviour, args: unknown, context: MessageContext): unknown;
}

/** What a message's handler may use in addition to the arguments. */
export interface MessageContext<R = unknown> {
  readonly message: ControlMessage;
  /** Where the message came from. */
  readonly from: ReplyAddress;
  /** The hook that it came in by, if it came along the edges or its address led along them. */
  readonly viaHook: Hook | undefined;
  /** Sends the reply later, where `run` has returned undefined; it is dropped when the sender no longer exists. */
  answer(reply: R): void;
}

/** Documentation and limit of one kind of hook. */
export interface HookDescriptor {
  /** Name as the page prints it, e.g. `iface<N>`. */
  readonly name: string;
  readonly summary: string;
  /** `export`: records about packets leave here, not the packets themselves. `packets` by default. */
  readonly carries?: HookContent;
}

/** What passes through a hook. */
export type HookContent = "packets" | "export";

/** What a node may use from outside; passed to `create`. */
export interface NodeContext {
  readonly node: Node;
  readonly clock: Clock;
  /**
   * Runs `task` when the current operation or outermost delivery ends: netgraph's queued delivery. Tasks run in order,
   * and before hooks that were removed after them are disconnected; a task of a node that is gone by then is dropped.
   * @returns false when 4096 deliveries are waiting already: the task is dropped and counted.
   */
  enqueue(task: () => void): boolean;
  /**
   * Calls `task` every `intervalMs`, first one interval from now, until the returned function is called or the node is
   * gone. The graph's clock decides when that is; `nowMs` is on its Unix scale. A task that returns a number is called
   * next after that many milliseconds instead.
   */
  every(intervalMs: number, task: (nowMs: number) => number | void): () => void;
  /**
   * A bit for `PacketBatch.tags`, this node's own while it lives. At most 32 are given out at once.
   * @throws NgError ENOMEM when none is left.
   */
  tagBit(): number;
  /** Bits of all living nodes of this node's type. */
  typeTagBits(): number;
  /**
   * Names this node. For `created` and later.
   * @throws NgError EINVAL for an invalid name, EADDRINUSE when another node has it.
   */
  setName(name: string): void;
  /** Makes another node of this node's type, without name and hooks. @throws NgError, whatever `create` throws. */
  spawn(create: (context: NodeContext) => NodeBehaviour): Node;
  /** Sends a late reply to the node that a request came from; dropped when that node is gone. */
  respond(to: ReplyAddress, reply: ControlMessage): void;
  /** Sends a message out of a hook, to the peer's node. Returns its errno, ENETDOWN when the hook has no peer. */
  sendAlong(hook: Hook, message: ControlMessage): number;
  /** Joins the peers of two hooks of this node with each other; both hooks are left without peer. For `close`. */
  bypass(a: Hook, b: Hook): void;
  /** Ends this node after the current operation, as if it had received a shutdown message. */
  shutdown(): void;
  /** The daemon's log, with the node's name before each message. Not for the data path. */
  readonly log: Log;
}

/**
 * A node of some type. Methods of the control plane (newHook, message, disconnect, close, shutdown) may throw NgError;
 * `receive` never throws and never keeps the batch.
 */
export interface NodeBehaviour {
  /** The node has its ID and can be found and named; it has no hooks yet. May still veto by throwing. */
  created?(): void;
  /** Vetoes a hook by throwing, or accepts it; `hook.data` is this node's to set. */
  newHook?(hook: Hook): void;
  /** Both ends exist and accepted each other. May still veto by throwing. */
  connected?(hook: Hook): void;
  /** Packets arriving at `hook`. Returns 0 or an errno; the batch is released when this returns. */
  receive?(hook: Hook, batch: PacketBatch): number;
  /**
   * A message that no row of the type runs: responses, link states along hooks, binary messages without ASCII form. The
   * returned bytes are the reply's data. Absent: EINVAL where the type has rows that run, else the message is ignored.
   */
  message?(message: ControlMessage, from: ReplyAddress, viaHook?: Hook): Uint8Array | undefined;
  /** The hook was removed at both ends; it is no longer in `node.hooks`. */
  disconnect?(hook: Hook): void;
  /** First half of shutdown: hooks are still connected, so this is where caches are flushed. */
  close?(): void;
  /** Second half: hooks are gone. Returning "persist" keeps the node (ether). */
  shutdown?(): "persist" | undefined;
  /** Named counters and gauges for the console, `/metrics` and the reference page. Control plane only. */
  counters?(): Readonly<Record<string, number>>;
  /**
   * Everything that messages have set in the node, as it is now: the messages that give a new node, connected like this
   * one, the same settings, in the order in which they have to be sent. A setting that is not listed is as in a new
   * node. It serves rebuilding a graph, undoing a transaction, and copying a graph for a dry run. Control plane only.
   */
  settings?(): readonly NodeSetting[];
}

/** A setting, as the message that makes it. */
export interface NodeSetting {
  /** Name of a message of the type. */
  readonly command: string;
  /** Its arguments in binary. */
  readonly data: Uint8Array;
  /**
   * Makes the setting what it is in a new node, where no message does that. Absent: it is always listed, so that the
   * message itself restores an earlier value, or nothing takes it back.
   * @throws NgError
   */
  readonly reset?: () => void;
  /** Not for another node: something that runs, or a value whose message is refused at present. */
  readonly local?: boolean;
}

/** The counterpart of `struct ng_type`: everything the framework knows of a type, once. */
export interface NodeType {
  /** At most 31 characters. */
  readonly name: string;
  readonly cookie: number;
  readonly summary: string;
  /** What its nodes are, one of `NODE_ROLES`; code that treats kinds of nodes differently reads this, not the name. */
  readonly role: NodeRole;
  /**
   * Its nodes are there to send frames to interfaces. A daemon whose interfaces only observe says so when one is made:
   * nothing reaches their wires.
   */
  readonly needsWire?: boolean;
  /** Kernel module that brings the type, `ng_<name>` by default. */
  readonly module?: string;
  readonly hooks: readonly HookDescriptor[];
  readonly messages: readonly MessageDescriptor[];
  /** Reasons for which the node drops packets, with a sentence each; the keys are counters. */
  readonly dropReasons: Readonly<Record<string, string>>;
  /**
   * What the other counters of its nodes count, a sentence each; like drop reasons they only grow while a node lives.
   */
  readonly counters?: Readonly<Record<string, string>>;
  /** Values among `NodeBehaviour.counters` that go up and down, with a sentence each: they end with their node. */
  readonly gauges?: Readonly<Record<string, string>>;
  /**
   * What happens when the last hook goes (reference: netgraph.md §5): the node goes too (the default), stays, or
   * decides in `disconnect` and calls `NodeContext.shutdown` itself.
   */
  readonly lastHook?: "shutdown" | "keep" | "decide";
  /** Names that a node of this type takes by itself when it is made; no command has to give it such a name again. */
  readonly ownNames?: RegExp;
  /** Absent: `mkpeer` of this type is refused with EINVAL and nodes are made by the daemon only. */
  readonly create?: (context: NodeContext) => NodeBehaviour;
}
