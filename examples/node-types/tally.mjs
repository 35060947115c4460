// A meter: passes packets between `a` and `b`, counts them, and sends the count through `export` once a minute.
//
//   ngflow kldload ./examples/node-types/tally.mjs
//   ngctl -f - <<'END'
//   mkpeer em0: tally lower a
//   name em0:lower tally
//   connect em0: tally: upper b
//   END
import { NgError, PacketBatch, setU32le } from "ngflow/node-type";

class Tally {
  packetsAccounted = 0;
  unconnected = 0;
  hooks = { a: null, b: null, export: null };

  constructor(context) {
    context.every(60_000, (nowMs) => {
      const record = new Uint8Array(4);
      setU32le(record, 0, this.packetsAccounted);
      this.hooks.export?.send(PacketBatch.of(record, nowMs * 1000));
    });
  }

  newHook({ name }) {
    if (!Object.hasOwn(this.hooks, name)) throw new NgError("EINVAL");
  }

  connected(hook) {
    this.hooks[hook.name] = hook;
  }

  receive(hook, batch) {
    if (hook.name === "export") return 0;
    this.packetsAccounted += batch.count;
    const other = this.hooks[hook.name === "a" ? "b" : "a"];
    if (other !== null) return other.send(batch);
    this.unconnected += batch.count;
    return 0;
  }

  disconnect(hook) {
    this.hooks[hook.name] = null;
  }

  counters() {
    return { packetsAccounted: this.packetsAccounted, unconnected: this.unconnected };
  }
}

/** @type {import("ngflow/node-type").NodeType} */
const tally = {
  name: "tally",
  cookie: 1763942404,
  summary: "Counts packets that pass, and sends the count once a minute.",
  role: "meter",
  hooks: [
    { name: "a", summary: "Packets arriving here leave through `b`." },
    { name: "b", summary: "Packets arriving here leave through `a`." },
    { name: "export", summary: "The count leaves here; what arrives is discarded.", carries: "export" },
  ],
  messages: [],
  dropReasons: { unconnected: "The other hook is not connected." },
  counters: { packetsAccounted: "Packets that passed." },
  create: (context) => new Tally(context),
};

export default tally;
