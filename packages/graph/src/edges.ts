import type { Delivery } from "./delivery.ts";
import { NgError } from "./ng-error.ts";
import { type Faults } from "./faults.ts";
import type { HistoryRecorder } from "./history/history-recorder.ts";
import { Hook } from "./hook.ts";
import type { Node } from "./node.ts";
import { NAME_BYTES } from "./parse/string.ts";

/** What making and removing hooks needs of the graph. */
export interface EdgeEvents {
  readonly delivery: Delivery;
  /** The set of hooks changed. */
  changed(): void;
  readonly recorder: HistoryRecorder;
  readonly faults: Faults;
  /** The node lost its last hook. */
  lastHookGone(node: Node): void;
}

/** Hooks being made, joined and removed (reference: netgraph.md §4). */
export class Edges {
  readonly #events: EdgeEvents;
  readonly #removed = new WeakSet<Hook>();

  constructor(events: EdgeEvents) {
    this.#events = events;
  }

  /** Makes a new node's hook and one of `node`, and joins them: mkpeer from its step 4 on. */
  joinNew(node: Node, name: string, newNode: Node, newName: string): void {
    const near = this.#add(node, name);
    try {
      const far = this.#add(newNode, newName);
      this.#join(near, far);
    } catch (error) {
      this.remove(near);
      throw error;
    }
  }

  /** Joins two existing nodes: the far side is asked last and notified of the connection first. */
  joinExisting(node: Node, name: string, farNode: Node, farName: string): void {
    if (farNode.hooks.has(farName)) throw new NgError("EEXIST");
    const near = this.#add(node, name);
    try {
      const far = this.#add(farNode, farName);
      this.#join(far, near);
    } catch (error) {
      this.remove(near);
      throw error;
    }
  }

  /** Adds a hook without peer. @throws NgError EINVAL for a name of 32 bytes or more, EEXIST, or the node's veto. */
  #add(node: Node, name: string): Hook {
    if (name.length >= NAME_BYTES) throw new NgError("EINVAL");
    if (node.hooks.has(name)) throw new NgError("EEXIST");
    const hook = new Hook(node, name);
    hook.valid = false;
    this.#events.recorder.touching(node);
    node.behaviour.newHook?.(hook);
    node.hooks.set(name, hook);
    return hook;
  }

  /** Links two hooks and asks both nodes, `first` first. A veto removes both. */
  #join(first: Hook, second: Hook): void {
    first.peer = second;
    second.peer = first;
    try {
      first.node.behaviour.connected?.(first);
      second.node.behaviour.connected?.(second);
    } catch (error) {
      this.remove(first);
      throw error;
    }
    first.valid = true;
    second.valid = true;
    this.#events.recorder.joined(first, second);
    this.#events.changed();
  }

  /** Removes an edge by one of its ends. The other end's node is notified after the deliveries queued so far. */
  remove(hook: Hook): void {
    if (this.#removed.has(hook)) return;
    this.#removed.add(hook);
    const wasJoined = hook.valid;
    this.#events.recorder.touching(hook.node);
    hook.valid = false;
    const peer = hook.peer;
    if (peer !== null) {
      if (wasJoined) this.#events.recorder.parted(hook, peer);
      hook.peer = null;
      peer.peer = null;
      peer.valid = false;
      if (peer.node === hook.node) this.remove(peer);
      else this.#events.delivery.enqueueControl(() => this.remove(peer));
    }
    const { node } = hook;
    if (node.hooks.get(hook.name) === hook) node.hooks.delete(hook.name);
    this.#events.changed();
    this.#events.faults.attempt(node, "disconnect", () => node.behaviour.disconnect?.(hook));
    if (node.hooks.size === 0) this.#events.lastHookGone(node);
  }

  /** Joins the peers of two hooks with each other. */
  bypass(a: Hook, b: Hook): void {
    const left = a.peer;
    const right = b.peer;
    if (left === null || right === null) throw new NgError("EINVAL");
    const { recorder } = this.#events;
    recorder.parted(a, left);
    recorder.parted(b, right);
    a.peer = null;
    b.peer = null;
    a.valid = false;
    b.valid = false;
    left.peer = right;
    right.peer = left;
    recorder.joined(left, right);
    this.#events.changed();
  }
}
