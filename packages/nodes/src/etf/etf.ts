import { E, type PacketBatch, u16be } from "@ngflow/base";
import {
  type Hook,
  hookString,
  int32,
  messagesOf,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  type NodeType,
  settingOf,
  structType,
  uint16,
  uint32,
  type ValueOf,
} from "@ngflow/graph";
import { PacketSorter } from "../sorting/packet-sorter.ts";

const HEADER_BYTES = 14;
const TYPE_AT = 12;

const filterType = structType([
  ["matchhook", hookString],
  ["ethertype", uint16],
]);

const statusType = structType([
  ["packets_in", uint32],
  ["packets_out", uint32],
]);

/** An etf node (reference: nodes-ethernet.md §2). */
class Etf implements NodeBehaviour {
  readonly #context: NodeContext;
  readonly #sorter = new PacketSorter();
  #downstream: Hook | null = null;
  #nomatch: Hook | null = null;
  readonly #byType = new Map<number, Hook>();
  #flag = 0;
  /** Packets since `downstream` was connected. */
  #packetsIn = 0;
  #packetsOut = 0;
  #runts = 0;
  #unconnected = 0;
  #wrongHook = 0;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  newHook(hook: Hook): void {
    if (hook.name === "downstream") {
      this.#downstream = hook;
      this.#packetsIn = this.#packetsOut = 0;
    } else if (hook.name === "nomatch") this.#nomatch = hook;
  }

  receive(hook: Hook, batch: PacketBatch): number {
    return hook === this.#downstream ? this.#receiveFromDownstream(batch) : this.#sendDownstream(hook, batch);
  }

  #receiveFromDownstream(batch: PacketBatch): number {
    const sort = this.#sorter.take(batch);
    let errno = 0;
    for (let i = 0; i < batch.count; i++) {
      if (batch.lengths[i]! < HEADER_BYTES) {
        this.#runts++;
        errno = E.EINVAL;
        continue;
      }
      this.#packetsIn++;
      const to = this.#byType.get(u16be(batch.buffer, batch.offsets[i]! + TYPE_AT)) ?? this.#nomatch;
      if (to !== null) sort.pass(to, i);
      else {
        this.#unconnected++;
        errno = E.ENETDOWN;
      }
    }
    return this.#sorter.send(sort) || errno;
  }

  /** Frames of a type have to come from its hook, those of other types from `nomatch`. */
  #sendDownstream(hook: Hook, batch: PacketBatch): number {
    const downstream = this.#downstream;
    const sort = this.#sorter.take(batch);
    let errno = 0;
    let passed = 0;
    for (let i = 0; i < batch.count; i++) {
      if (batch.lengths[i]! < HEADER_BYTES) {
        this.#runts++;
        errno = E.EINVAL;
        continue;
      }
      const expected = this.#byType.get(u16be(batch.buffer, batch.offsets[i]! + TYPE_AT)) ?? this.#nomatch;
      if (hook !== expected) {
        this.#wrongHook++;
        errno = E.EPROTOTYPE;
      } else if (downstream === null) {
        this.#unconnected++;
        errno = E.ENETDOWN;
      } else {
        sort.pass(downstream, i);
        passed++;
      }
    }
    const refused = this.#sorter.send(sort);
    if (refused === 0) this.#packetsOut += passed;
    return refused || errno;
  }

  setFilter({ matchhook, ethertype }: ValueOf<typeof filterType>): void {
    const hook = this.#context.node.hooks.get(matchhook);
    if (hook === undefined) throw new NgError("ENOENT");
    if (hook === this.#downstream) throw new NgError("EINVAL");
    if (this.#byType.has(ethertype)) throw new NgError("EEXIST");
    this.#byType.set(ethertype, hook);
  }

  /** The flag is kept for programs that set it: nothing reads it, as in the original. */
  setFlag(flag: number): void {
    this.#flag = flag;
  }

  /** Counts wrap around at 32 bits. */
  status(): ValueOf<typeof statusType> {
    return { packets_in: this.#packetsIn % 2 ** 32, packets_out: this.#packetsOut % 2 ** 32 };
  }

  disconnect(hook: Hook): void {
    if (hook === this.#downstream) this.#downstream = null;
    else if (hook === this.#nomatch) this.#nomatch = null;
    for (const [type, to] of this.#byType) if (to === hook) this.#byType.delete(type);
  }

  settings(): NodeSetting[] {
    const settings = [...this.#byType].map(([ethertype, { name: matchhook }]) =>
      settingOf(
        "setfilter",
        filterType,
        { matchhook, ethertype },
        { reset: () => void this.#byType.delete(ethertype) },
      ),
    );
    if (this.#flag !== 0) settings.push(settingOf("setflag", int32, this.#flag, { reset: () => this.setFlag(0) }));
    return settings;
  }

  counters(): Readonly<Record<string, number>> {
    return {
      runts: this.#runts,
      unconnected: this.#unconnected,
      wrongHook: this.#wrongHook,
      filters: this.#byType.size,
    };
  }
}

const message = messagesOf<Etf>();

/** ng_etf(4): frames leave by their Ethernet type. */
export const etf: NodeType = {
  name: "etf",
  cookie: 983084516,
  summary: "Sends frames out of the hook that their Ethernet type was given to.",
  role: "plain",
  hooks: [
    { name: "downstream", summary: "The line with all frames, usually `lower` of an interface." },
    { name: "nomatch", summary: "Frames of a type without a filter, usually `upper` of an interface." },
    { name: "<any>", summary: "Frames of the types that `setfilter` gave to the hook." },
  ],
  messages: [
    message({
      name: "getstatus",
      cmd: 2,
      reply: statusType,
      summary: "Returns how many frames came from `downstream` and left through it.",
      run: (etf) => etf.status(),
    }),
    message({
      name: "setflag",
      cmd: 1,
      args: int32,
      summary: "Sets a number that nothing depends on.",
      run: (etf, flag) => etf.setFlag(flag),
    }),
    message({
      name: "setfilter",
      cmd: 3,
      args: filterType,
      summary: "Gives the frames of an Ethernet type to a hook.",
      run: (etf, filter) => etf.setFilter(filter),
    }),
  ],
  dropReasons: {
    runts: "The frame is shorter than its header (EINVAL).",
    unconnected: "The destination, `downstream` or `nomatch`, is not connected (ENETDOWN).",
    wrongHook: "The frame is of a type that belongs to another hook (EPROTOTYPE).",
  },
  gauges: { filters: "Ethernet types that have a hook." },
  create: (context) => new Etf(context),
};
