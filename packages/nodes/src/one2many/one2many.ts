import { E, type PacketBatch } from "@ngflow/base";
import {
  BatchCopies,
  type ControlMessage,
  fixedArray,
  FLOW_COOKIE,
  type Hook,
  int32,
  LINK_IS_DOWN,
  LINK_IS_UP,
  messagesOf,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  type NodeType,
  type ReplyAddress,
  settingOf,
  structType,
  uint32,
  uint8,
  type ValueOf,
} from "@ngflow/graph";
import { counterStruct } from "../hook-stats.ts";

const MAX_LINKS = 64;
/** Number of the link `one` in messages. */
const ONE = -1;

const ROUND_ROBIN = 1;
const TO_ALL = 2;
const FAIL_OVER = 3;
const MANUAL = 1;
const NOTIFY = 2;

const configType = structType([
  ["xmitAlg", uint32],
  ["failAlg", uint32],
  ["enabledLinks", fixedArray(MAX_LINKS, uint8)],
]);
const statsType = counterStruct(["recvOctets", "recvPackets", "xmitOctets", "xmitPackets", "memoryFailures"]);

const NO_STATS = { recvOctets: 0, recvPackets: 0, xmitOctets: 0, xmitPackets: 0, memoryFailures: 0 } as const;

/** A connected hook, kept in `hook.data`; its statistics can be asked for after it was removed. */
class Link {
  readonly hook: Hook;
  readonly number: number;
  recvOctets = 0;
  recvPackets = 0;
  xmitOctets = 0;
  xmitPackets = 0;

  constructor(hook: Hook, number: number) {
    this.hook = hook;
    this.number = number;
  }

  send(batch: PacketBatch): number {
    this.xmitOctets += batch.wireBytes();
    this.xmitPackets += batch.count;
    return this.hook.send(batch);
  }

  stats(): ValueOf<typeof statsType> {
    const { recvOctets, recvPackets, xmitOctets, xmitPackets } = this;
    return { recvOctets, recvPackets, xmitOctets, xmitPackets, memoryFailures: 0 };
  }

  /** Returns the statistics and sets them to zero. */
  clear(): ValueOf<typeof statsType> {
    const stats = this.stats();
    this.recvOctets = this.recvPackets = this.xmitOctets = this.xmitPackets = 0;
    return stats;
  }
}

class One2many implements NodeBehaviour {
  readonly #context: NodeContext;
  readonly #copies = new BatchCopies();
  #one: Link | null = null;
  readonly #many: (Link | null)[] = Array.from({ length: MAX_LINKS }, () => null);
  /** The last hook of each number, connected or not. */
  readonly #last = new Map<number, Link>();
  readonly #enabled = new Uint8Array(MAX_LINKS);
  /** Links that are connected and enabled, by number. */
  #active: readonly Link[] = [];
  #next = 0;
  #algorithm = ROUND_ROBIN;
  #failure = MANUAL;
  #inactive = 0;
  #oneNotConnected = 0;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  newHook(hook: Hook): void {
    const match = /^many(0|[1-9][0-9]?)$/.exec(hook.name);
    const number = match === null ? ONE : Number(match[1]);
    if ((match === null && hook.name !== "one") || number >= MAX_LINKS) throw new NgError("EINVAL");
    const link = new Link(hook, number);
    hook.data = link;
    this.#last.set(number, link);
  }

  connected(hook: Hook): void {
    const link = hook.data as Link;
    if (link.number === ONE) {
      this.#one = link;
      return;
    }
    this.#many[link.number] = link;
    this.#enabled[link.number] = 1;
    // The hook is not yet usable: its peer receives the link's state when the connection is complete.
    this.#context.enqueue(() => this.#update());
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const link = hook.data as Link;
    link.recvOctets += batch.wireBytes();
    link.recvPackets += batch.count;
    if (link.number !== ONE) {
      if (this.#one !== null) return this.#one.send(batch);
      this.#oneNotConnected += batch.count;
      return E.ENETDOWN;
    }
    const active = this.#active;
    if (active.length === 0) {
      this.#inactive += batch.count;
      return E.ENOTCONN;
    }
    if (this.#algorithm === FAIL_OVER || active.length === 1) return active[0]!.send(batch);
    return this.#algorithm === TO_ALL ? this.#sendToAll(active, batch) : this.#sendInTurn(active, batch);
  }

  /** The state of a link, as a message reports it. */
  message({ cookie, cmd }: ControlMessage, _from: ReplyAddress, viaHook?: Hook): undefined {
    const link = viaHook?.data as Link | undefined;
    const isState = cookie === FLOW_COOKIE && (cmd === LINK_IS_UP || cmd === LINK_IS_DOWN);
    if (link === undefined || link.number === ONE || !isState) throw new NgError("EINVAL");
    if (this.#failure !== NOTIFY) return undefined;
    this.#enabled[link.number] = cmd === LINK_IS_UP ? 1 : 0;
    this.#update();
    return undefined;
  }

  disconnect(hook: Hook): void {
    const { number } = hook.data as Link;
    if (number === ONE) {
      this.#one = null;
      return;
    }
    this.#many[number] = null;
    this.#enabled[number] = 0;
    this.#update();
  }

  counters(): Readonly<Record<string, number>> {
    return { activeLinks: this.#active.length, inactive: this.#inactive, oneNotConnected: this.#oneNotConnected };
  }

  /** The first active link gets the packets last and uncopied. */
  #sendToAll(active: readonly Link[], batch: PacketBatch): number {
    let errno = 0;
    for (let i = 1; i < active.length; i++) {
      const copy = this.#copies.take(batch);
      errno = active[i]!.send(copy) || errno;
      this.#copies.release(copy);
    }
    return active[0]!.send(batch) || errno;
  }

  /** Packet after packet to link after link; a link's share of the batch travels together. */
  #sendInTurn(active: readonly Link[], batch: PacketBatch): number {
    const links = active.length;
    const first = this.#next % links;
    this.#next = (first + batch.count) % links;
    let errno = 0;
    for (let turn = 0; turn < links && turn < batch.count; turn++) {
      const share = this.#copies.takeEmpty(batch);
      for (let i = turn; i < batch.count; i += links) share.pushFrom(batch, i);
      errno = active[(first + turn) % links]!.send(share) || errno;
      this.#copies.release(share);
    }
    return errno;
  }

  /** Works out which links are active and informs the peer of `one` when the first comes or the last goes. */
  #update(): void {
    const before = this.#active.length;
    this.#active = this.#many.filter((link): link is Link => link !== null && this.#enabled[link.number] !== 0);
    const now = this.#active.length;
    if (this.#one === null || before > 0 === now > 0) return;
    const cmd = now > 0 ? LINK_IS_UP : LINK_IS_DOWN;
    const data = new Uint8Array(0);
    this.#context.sendAlong(this.#one.hook, { cookie: FLOW_COOKIE, cmd, flags: 0, token: 0, cmdstr: "", data });
  }

  /**
   * The last hook of a link; undefined when the link was never connected.
   * @throws NgError EINVAL for a number that is not a link's.
   */
  link(number: number): Link | undefined {
    if (number < ONE || number >= MAX_LINKS) throw new NgError("EINVAL");
    return this.#last.get(number);
  }

  settings(): NodeSetting[] {
    return [settingOf("setconfig", configType, this.config())];
  }

  configure({ xmitAlg: algorithm, failAlg: failure, enabledLinks }: ValueOf<typeof configType>): void {
    if (algorithm < ROUND_ROBIN || algorithm > FAIL_OVER || failure < MANUAL || failure > NOTIFY) {
      throw new NgError("EINVAL");
    }
    this.#algorithm = algorithm;
    this.#failure = failure;
    for (const [number, enabled] of enabledLinks.entries()) this.#enabled[number] = enabled === 0 ? 0 : 1;
    this.#update();
  }

  config(): ValueOf<typeof configType> {
    return { xmitAlg: this.#algorithm, failAlg: this.#failure, enabledLinks: [...this.#enabled] };
  }
}

const message = messagesOf<One2many>();

/** ng_one2many(4): one link on one side, up to 64 on the other. */
export const one2many: NodeType = {
  name: "one2many",
  cookie: 1100897444,
  summary: "Spreads packets of one hook over many, and gathers those of many into one.",
  role: "plain",
  hooks: [
    { name: "one", summary: "Packets arriving here leave through the many links by the configured algorithm." },
    { name: "many<N>", summary: "N from 0 to 63; packets arriving here leave through `one`." },
  ],
  messages: [
    message({
      name: "setconfig",
      cmd: 0,
      args: configType,
      summary: "Sets algorithms and enabled links.",
      run: (node, config) => node.configure(config),
    }),
    message({
      name: "getconfig",
      cmd: 1,
      reply: configType,
      summary: "Returns algorithms and enabled links.",
      run: (node) => node.config(),
    }),
    message({
      name: "getstats",
      cmd: 2,
      args: int32,
      reply: statsType,
      summary: "Returns the statistics of a link by its number; -1 is `one`.",
      run: (node, number) => node.link(number)?.stats() ?? NO_STATS,
    }),
    message({
      name: "clrstats",
      clears: "statistics",
      cmd: 3,
      args: int32,
      summary: "Clears the statistics of a link.",
      run: (node, number) => void node.link(number)?.clear(),
    }),
    message({
      name: "getclrstats",
      clears: "statistics",
      cmd: 4,
      args: int32,
      reply: statsType,
      summary: "Returns the statistics of a link and clears them.",
      run: (node, number) => node.link(number)?.clear() ?? NO_STATS,
    }),
  ],
  dropReasons: {
    inactive: "No many link is connected and enabled (ENOTCONN).",
    oneNotConnected: "The hook `one` is not connected (ENETDOWN).",
  },
  gauges: {
    activeLinks: "Links that packets may go to.",
  },
  create: (context) => new One2many(context),
};
