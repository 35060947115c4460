// Two node types in one module: `rate` passes packets between its hooks and counts those of the last second. `trickle`
// sends a packet of one zero byte through its hook every second.
//
//   ngflow kldload ./examples/node-types/rate.mjs
import { NgError, PacketBatch } from "ngflow/node-type";

class Rate {
  current = 0;
  lastSecond = 0;
  unconnected = 0;
  a = null;
  b = null;

  /** Timers run on the graph's clock and end with the node. */
  constructor(context) {
    context.every(1000, () => {
      this.lastSecond = this.current;
      this.current = 0;
    });
  }

  newHook(hook) {
    if (hook.name !== "a" && hook.name !== "b") throw new NgError("EINVAL");
    this[hook.name] = hook;
  }

  receive(hook, batch) {
    this.current += batch.count;
    const other = hook === this.a ? this.b : this.a;
    if (other !== null) return other.send(batch);
    this.unconnected += batch.count;
    return 0;
  }

  disconnect(hook) {
    this[hook.name] = null;
  }

  counters() {
    return { lastSecond: this.lastSecond, unconnected: this.unconnected };
  }
}

/** All methods of a behaviour are optional. */
function trickle(context) {
  context.every(1000, (nowMs) => {
    for (const hook of context.node.hooks.values()) hook.send(PacketBatch.of(new Uint8Array(1), nowMs * 1000));
  });
  return {};
}

/** @type {import("ngflow/node-type").NodeType[]} */
const types = [
  {
    name: "rate",
    module: "ng_rate",
    cookie: 1763942402,
    summary: "Passes packets and knows how many came in the last second.",
    role: "plain",
    hooks: [
      { name: "a", summary: "Packets arriving here leave through `b`." },
      { name: "b", summary: "Packets arriving here leave through `a`." },
    ],
    messages: [],
    dropReasons: { unconnected: "The other hook is not connected." },
    gauges: { lastSecond: "Packets of the last full second." },
    create: (context) => new Rate(context),
  },
  {
    name: "trickle",
    module: "ng_rate",
    cookie: 1763942403,
    summary: "Sends a packet every second.",
    role: "generator",
    hooks: [{ name: "<any>", summary: "Packets leave here; what arrives is discarded." }],
    messages: [],
    dropReasons: {},
    create: trickle,
  },
];

export default types;
