import {
  BatchCopies,
  type Hook,
  messagesOf,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  type NodeType,
} from "@ngflow/graph";
import { type PacketBatch } from "@ngflow/base";

const NO_DATA = new Uint8Array(0);

class Hub implements NodeBehaviour {
  private readonly context: NodeContext;
  private readonly copies = new BatchCopies();
  /** Newest first, the order in which copies leave. */
  private hooks: readonly Hook[] = [];
  private persistent = false;
  private unconnected = 0;

  constructor(context: NodeContext) {
    this.context = context;
  }

  connected(hook: Hook): void {
    this.hooks = [hook, ...this.hooks];
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const hooks = this.hooks;
    if (hooks.length < 2) {
      this.unconnected += batch.count;
      return 0;
    }
    let last = hooks.length - 1;
    if (hooks[last] === hook) last--;
    let errno = 0;
    for (let i = 0; i < last; i++) {
      if (hooks[i] === hook) continue;
      const copy = this.copies.take(batch);
      errno = hooks[i]!.send(copy);
      this.copies.release(copy);
    }
    const lastErrno = hooks[last]!.send(batch);
    return lastErrno === 0 ? errno : lastErrno;
  }

  setPersistent(on: boolean): void {
    this.persistent = on;
  }

  disconnect(hook: Hook): void {
    this.hooks = this.hooks.filter((other) => other !== hook);
    if (this.context.node.hooks.size === 0 && !this.persistent) this.context.shutdown();
  }

  settings(): NodeSetting[] {
    const reset = (): void => this.setPersistent(false);
    return this.persistent ? [{ command: "setpersistent", data: NO_DATA, reset }] : [];
  }

  counters(): Readonly<Record<string, number>> {
    return { unconnected: this.unconnected };
  }
}

const message = messagesOf<Hub>();

/** ng_hub(4): every packet goes to everyone else. */
export const hub: NodeType = {
  name: "hub",
  cookie: 1082189597,
  summary: "Copies every packet to all other hooks.",
  role: "plain",
  hooks: [{ name: "<any>", summary: "Packets arriving here leave through all other hooks." }],
  messages: [
    message({
      name: "setpersistent",
      cmd: 1,
      summary: "Keeps the node when its last hook is removed.",
      run: (hub) => hub.setPersistent(true),
    }),
  ],
  dropReasons: { unconnected: "The packet's hook is the only one." },
  lastHook: "decide",
  create: (context) => new Hub(context),
};
