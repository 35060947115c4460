// A node type: of the packets that arrive at `in`, one of every N goes on through `out`.
//
//   ngflow kldload ./examples/node-types/every-nth.mjs
//   ngctl -f - <<'END'
//   mkpeer em0: every-nth orphans in
//   name em0:orphans sample
//   mkpeer sample: hole out x
//   msg sample: setn 100
//   END
import { NgError, PacketBatch, settingOf, uint32 } from "ngflow/node-type";

class EveryNth {
  n = 2;
  position = 0;
  skipped = 0;
  unconnected = 0;
  out = null;
  chosen = new PacketBatch(64);

  /** Throwing refuses the hook. */
  newHook(hook) {
    if (hook.name === "out") this.out = hook;
    else if (hook.name !== "in") throw new NgError("EINVAL");
  }

  /** The batch is borrowed: it is sent on within this call, or its packets are copied. */
  receive(hook, batch) {
    if (hook === this.out) return 0;
    if (this.chosen.capacity < batch.count) this.chosen = new PacketBatch(batch.capacity);
    const { chosen } = this;
    chosen.count = 0;
    chosen.buffer = batch.buffer;
    for (let i = 0; i < batch.count; i++) {
      this.position = (this.position + 1) % this.n;
      if (this.position === 0) chosen.pushFrom(batch, i);
      else this.skipped++;
    }
    if (chosen.count === 0) return 0;
    if (this.out !== null) return this.out.send(chosen);
    this.unconnected += chosen.count;
    return 0;
  }

  /** Throwing is the sender's error. */
  setN(n) {
    if (n === 0) throw new NgError("EINVAL");
    this.n = n;
  }

  /** The messages that give another node the same settings. */
  settings() {
    return [settingOf("setn", uint32, this.n)];
  }

  disconnect(hook) {
    if (hook === this.out) this.out = null;
  }

  counters() {
    return { skipped: this.skipped, unconnected: this.unconnected };
  }
}

/** @type {import("ngflow/node-type").NodeType} */
const everyNth = {
  name: "every-nth",
  cookie: 1763942401, // `date +%s` when the type was made: marks its messages
  summary: "Lets one of every N packets through.",
  role: "plain",
  hooks: [
    { name: "in", summary: "Packets to choose from." },
    { name: "out", summary: "Every N-th of them; packets arriving here are discarded." },
  ],
  messages: [
    { name: "setn", cmd: 1, args: uint32, summary: "Sets N, 2 at first.", run: (node, n) => node.setN(n) },
    { name: "getn", cmd: 2, reply: uint32, summary: "Returns N.", run: (node) => node.n },
  ],
  dropReasons: {
    skipped: "It was not the packet's turn.",
    unconnected: "`out` is not connected.",
  },
  create: () => new EveryNth(),
};

export default everyNth;
