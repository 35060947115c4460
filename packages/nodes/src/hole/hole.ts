import {
  type ControlMessage,
  type Hook,
  hookString,
  NAME_BYTES,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeType,
  textOfBytes,
} from "@ngflow/graph";
import { type PacketBatch } from "@ngflow/base";
import { counterBytes, counterStruct } from "../hook-stats.ts";

const COOKIE = 915433206;
const GETSTATS = 1;
const CLRSTATS = 2;
const GETCLRSTATS = 3;

const statsType = counterStruct(["frames", "octets"]);

interface HoleStats {
  frames: number;
  octets: number;
}

class Hole implements NodeBehaviour {
  private readonly context: NodeContext;
  private discarded = 0;
  private octets = 0;

  constructor(context: NodeContext) {
    this.context = context;
  }

  newHook(hook: Hook): void {
    hook.data = { frames: 0, octets: 0 } satisfies HoleStats;
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const stats = hook.data as HoleStats;
    const bytes = batch.wireBytes();
    stats.frames += batch.count;
    stats.octets += bytes;
    this.discarded += batch.count;
    this.octets += bytes;
    return 0;
  }

  message(message: ControlMessage): Uint8Array | undefined {
    const { cmd, data } = message;
    if (message.cookie !== COOKIE || cmd < GETSTATS || cmd > GETCLRSTATS) throw new NgError("EINVAL");
    if (data.length !== NAME_BYTES) throw new NgError("EINVAL");
    const hook = this.context.node.hooks.get(textOfBytes(data, 0));
    if (hook === undefined) throw new NgError("ENOENT");
    const stats = hook.data as HoleStats;
    const reply = cmd === CLRSTATS ? undefined : counterBytes([stats.frames, stats.octets]);
    if (cmd !== GETSTATS) stats.frames = stats.octets = 0;
    return reply;
  }

  counters(): Readonly<Record<string, number>> {
    return { discarded: this.discarded, octets: this.octets };
  }
}

/** ng_hole(4): silently discards everything. */
export const hole: NodeType = {
  name: "hole",
  cookie: COOKIE,
  summary: "Discards every packet and counts it.",
  role: "sink",
  hooks: [{ name: "<any>", summary: "Packets arriving here are discarded." }],
  messages: [
    { name: "getstats", cmd: GETSTATS, args: hookString, reply: statsType, summary: "Returns the counters of a hook." },
    { name: "clrstats", cmd: CLRSTATS, args: hookString, summary: "Sets the counters of a hook to zero." },
    {
      name: "getclrstats",
      cmd: GETCLRSTATS,
      args: hookString,
      reply: statsType,
      summary: "Returns the counters of a hook and sets them to zero.",
    },
  ],
  dropReasons: { discarded: "Every packet: that is what the node is for." },
  counters: {
    octets: "Octets of the discarded packets.",
  },
  create: (context) => new Hole(context),
};
