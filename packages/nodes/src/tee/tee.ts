import {
  BatchCopies,
  type ControlMessage,
  FLOW_COOKIE,
  type Hook,
  messagesOf,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  type NodeType,
  type ReplyAddress,
  structType,
  type ValueOf,
} from "@ngflow/graph";
import { type PacketBatch } from "@ngflow/base";
import { counterStruct } from "../hook-stats.ts";

const hookStatsType = counterStruct(["inOctets", "inFrames", "outOctets", "outFrames"]);

const HOOK_NAMES = ["right", "left", "right2left", "left2right"] as const;
type HookName = (typeof HOOK_NAMES)[number];

const statsType = structType(HOOK_NAMES.map((name) => [name, hookStatsType] as const));

/** One of the four hooks: where its packets go, and what passed. */
class Side {
  hook: Hook | null = null;
  /** Main and copy destinations, whether or not they are connected. */
  destination: Side | null = null;
  tap: Side | null = null;
  inOctets = 0;
  inFrames = 0;
  outOctets = 0;
  outFrames = 0;

  clear(): void {
    this.inOctets = this.inFrames = this.outOctets = this.outFrames = 0;
  }

  send(batch: PacketBatch, bytes: number): number {
    this.outOctets += bytes;
    this.outFrames += batch.count;
    return this.hook!.send(batch);
  }
}

class Tee implements NodeBehaviour {
  private readonly context: NodeContext;
  private readonly copies = new BatchCopies();
  readonly sides: Readonly<Record<HookName, Side>> = {
    right: new Side(),
    left: new Side(),
    right2left: new Side(),
    left2right: new Side(),
  };
  private unconnected = 0;

  constructor(context: NodeContext) {
    this.context = context;
    const { right, left, right2left, left2right } = this.sides;
    right.destination = left;
    right.tap = right2left;
    left.destination = right;
    left.tap = left2right;
    right2left.destination = right;
    left2right.destination = left;
  }

  newHook(hook: Hook): void {
    const side = HOOK_NAMES.includes(hook.name as HookName) ? this.sides[hook.name as HookName] : undefined;
    if (side === undefined) throw new NgError("EINVAL");
    side.clear();
    side.hook = hook;
    hook.data = side;
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const side = hook.data as Side;
    const bytes = batch.wireBytes();
    side.inOctets += bytes;
    side.inFrames += batch.count;
    const tap = side.tap !== null && side.tap.hook !== null ? side.tap : null;
    const destination = side.destination !== null && side.destination.hook !== null ? side.destination : null;
    if (destination === null) {
      if (tap === null) this.unconnected += batch.count;
      return tap === null ? 0 : tap.send(batch, bytes);
    }
    if (tap !== null) {
      const copy = this.copies.take(batch);
      tap.send(copy, bytes);
      this.copies.release(copy);
    }
    return destination.send(batch, bytes);
  }

  /** Link state arriving at one main hook leaves through the other. */
  message(message: ControlMessage, _from: ReplyAddress, viaHook?: Hook): undefined {
    const { left, right } = this.sides;
    const out = viaHook === left.hook ? right.hook : viaHook === right.hook ? left.hook : null;
    if (message.cookie !== FLOW_COOKIE || viaHook === undefined || out === null) throw new NgError("EINVAL");
    const errno = this.context.sendAlong(out, message);
    if (errno !== 0) throw new NgError(errno);
    return undefined;
  }

  disconnect(hook: Hook): void {
    (hook.data as Side).hook = null;
  }

  close(): void {
    const { left, right } = this.sides;
    if (left.hook !== null && right.hook !== null) this.context.bypass(left.hook, right.hook);
  }

  /** No message sets anything. */
  settings(): NodeSetting[] {
    return [];
  }

  counters(): Readonly<Record<string, number>> {
    const counters: Record<string, number> = { unconnected: this.unconnected };
    for (const name of HOOK_NAMES) {
      const side = this.sides[name];
      counters[`${name}InFrames`] = side.inFrames;
      counters[`${name}InOctets`] = side.inOctets;
      counters[`${name}OutFrames`] = side.outFrames;
      counters[`${name}OutOctets`] = side.outOctets;
    }
    return counters;
  }

  /** Returns the statistics and sets them to zero. */
  clear(): ValueOf<typeof statsType> {
    const { right, left, right2left, left2right } = this.sides;
    const stats = {
      right: { ...right },
      left: { ...left },
      right2left: { ...right2left },
      left2right: { ...left2right },
    };
    for (const name of HOOK_NAMES) this.sides[name].clear();
    return stats;
  }
}

const message = messagesOf<Tee>();

/** ng_tee(4): two-way traffic with a tap on each direction. */
export const tee: NodeType = {
  name: "tee",
  cookie: 916107047,
  summary: "Passes packets between two hooks and copies each direction to a tap.",
  role: "plain",
  hooks: [
    { name: "right", summary: "One end of the traffic; its packets leave through `left`." },
    { name: "left", summary: "The other end; its packets leave through `right`." },
    { name: "right2left", summary: "Copies of what arrives at `right`; packets sent here leave through `right`." },
    { name: "left2right", summary: "Copies of what arrives at `left`; packets sent here leave through `left`." },
  ],
  messages: [
    message({
      name: "getstats",
      cmd: 1,
      reply: statsType,
      summary: "Returns frames and octets of every hook.",
      run: ({ sides }) => sides,
    }),
    message({
      name: "clrstats",
      clears: "statistics",
      cmd: 2,
      summary: "Sets the statistics to zero.",
      run: (tee) => void tee.clear(),
    }),
    message({
      name: "getclrstats",
      clears: "statistics",
      cmd: 3,
      reply: statsType,
      summary: "Returns the statistics and sets them to zero.",
      run: (tee) => tee.clear(),
    }),
  ],
  dropReasons: { unconnected: "Neither the destination nor the tap of the packet's hook is connected." },
  counters: Object.fromEntries(
    HOOK_NAMES.flatMap((hook) => [
      [`${hook}InFrames`, `Packets that arrived at ${hook}.`],
      [`${hook}InOctets`, "Their octets."],
      [`${hook}OutFrames`, `Packets that left through ${hook}.`],
      [`${hook}OutOctets`, "Their octets."],
    ]),
  ),
  create: (context) => new Tee(context),
};
