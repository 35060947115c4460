import {
  type Hook,
  hookString,
  messagesOf,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  type NodeType,
} from "@ngflow/graph";
import { type PacketBatch } from "@ngflow/base";
import { counterStruct } from "../hook-stats.ts";

const statsType = counterStruct(["frames", "octets"]);

interface HoleStats {
  frames: number;
  octets: number;
}

class Hole implements NodeBehaviour {
  readonly #context: NodeContext;
  #discarded = 0;
  #octets = 0;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  newHook(hook: Hook): void {
    hook.data = { frames: 0, octets: 0 } satisfies HoleStats;
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const stats = hook.data as HoleStats;
    const bytes = batch.wireBytes();
    stats.frames += batch.count;
    stats.octets += bytes;
    this.#discarded += batch.count;
    this.#octets += bytes;
    return 0;
  }

  stats(name: string): HoleStats {
    const hook = this.#context.node.hooks.get(name);
    if (hook === undefined) throw new NgError("ENOENT");
    return hook.data as HoleStats;
  }

  /** Returns what it sets to zero. */
  clear(name: string): HoleStats {
    const stats = this.stats(name);
    const { frames, octets } = stats;
    stats.frames = stats.octets = 0;
    return { frames, octets };
  }

  /** No message sets anything. */
  settings(): NodeSetting[] {
    return [];
  }

  counters(): Readonly<Record<string, number>> {
    return { discarded: this.#discarded, octets: this.#octets };
  }
}

const message = messagesOf<Hole>();

/** ng_hole(4): silently discards everything. */
export const hole: NodeType = {
  name: "hole",
  cookie: 915433206,
  summary: "Discards every packet and counts it.",
  role: "sink",
  hooks: [{ name: "<any>", summary: "Packets arriving here are discarded." }],
  messages: [
    message({
      name: "getstats",
      cmd: 1,
      args: hookString,
      reply: statsType,
      summary: "Returns the counters of a hook.",
      run: (hole, hook) => hole.stats(hook),
    }),
    message({
      name: "clrstats",
      clears: "statistics",
      cmd: 2,
      args: hookString,
      summary: "Sets the counters of a hook to zero.",
      run: (hole, hook) => void hole.clear(hook),
    }),
    message({
      name: "getclrstats",
      clears: "statistics",
      cmd: 3,
      args: hookString,
      reply: statsType,
      summary: "Returns the counters of a hook and sets them to zero.",
      run: (hole, hook) => hole.clear(hook),
    }),
  ],
  dropReasons: { discarded: "Every packet: that is what the node is for." },
  counters: {
    octets: "Octets of the discarded packets.",
  },
  create: (context) => new Hole(context),
};
