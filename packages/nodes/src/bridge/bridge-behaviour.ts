import { E, i32be, type PacketBatch, setU16le, setU32le, u16le, u32le } from "@ngflow/base";
import {
  BatchCopies,
  type Hook,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  settingOf,
  type ValueOf,
} from "@ngflow/graph";
import { configType, LINK_COUNTERS, type tableType } from "./bridge-types.ts";
import { HostTable } from "./host-table.ts";

const HEADER_BYTES = 14;
const NO_DATA = new Uint8Array(0);
const AGE_LIMIT = 0xffff;

type LinkCounters = Record<(typeof LINK_COUNTERS)[number], number>;

/** State of a link, kept in its hook. */
interface Link {
  readonly number: number;
  readonly stats: LinkCounters;
  /** Seconds for which the link stays muted after a loop was seen. */
  muted: number;
}

function zeroCounters(): LinkCounters {
  return Object.fromEntries(LINK_COUNTERS.map((name) => [name, 0])) as LinkCounters;
}

function linkOf(hook: Hook): Link {
  return hook.data as Link;
}

/** Destinations other than one link. */
const FLOOD = 1;
const DROP = 2;
type Destination = Hook | typeof FLOOD | typeof DROP;

/** A bridge node (reference: nodes.md §7). */
export class BridgeBehaviour implements NodeBehaviour {
  readonly #context: NodeContext;
  readonly #hosts = new HostTable();
  readonly #copies = new BatchCopies();
  /** Newest first. */
  #links: readonly Hook[] = [];
  #persistent = false;
  config = { debugLevel: 1, loopTimeout: 60, maxStaleness: 900, minStableAge: 1 };
  #sameLink = 0;
  #unconnected = 0;
  /** Errno of the packet that `destination` handled last. */
  #errno = 0;

  constructor(context: NodeContext) {
    this.#context = context;
    context.every(1000, () => this.#second());
  }

  newHook(hook: Hook): void {
    const match = /^link(0|[1-9][0-9]{0,9})$/.exec(hook.name);
    const number = Number(match?.[1]);
    if (match === null || number > 0xffffffff) throw new NgError("EINVAL");
    hook.data = { number, stats: zeroCounters(), muted: 0 } satisfies Link;
  }

  connected(hook: Hook): void {
    if (hook.peer!.node === this.#context.node) throw new NgError("ELOOP");
    this.#links = [hook, ...this.#links];
  }

  receive(hook: Hook, batch: PacketBatch): number {
    let errno = 0;
    let run = this.#copies.takeEmpty(batch);
    let destination: Destination = DROP;
    for (let i = 0; i < batch.count; i++) {
      const next = this.#destination(hook, batch, i);
      errno = this.#errno || errno;
      if (next !== destination) {
        errno = this.#forward(hook, run, destination) || errno;
        this.#copies.release(run);
        run = this.#copies.takeEmpty(batch);
        destination = next;
      }
      if (next !== DROP) run.pushFrom(batch, i);
    }
    errno = this.#forward(hook, run, destination) || errno;
    this.#copies.release(run);
    return errno;
  }

  /** Forgets all hosts; clears the statistics and mutes of all links. */
  reset(): void {
    this.#hosts.remove(() => true);
    for (const hook of this.#links) {
      Object.assign(linkOf(hook).stats, zeroCounters());
      linkOf(hook).muted = 0;
    }
  }

  /** Statistics of a link. @throws NgError ENOTCONN. */
  stats(number: number): LinkCounters {
    const hook = this.#links.find((other) => linkOf(other).number === number);
    if (hook === undefined) throw new NgError("ENOTCONN");
    return linkOf(hook).stats;
  }

  /** Returns the statistics of a link and sets them to zero. */
  clear(number: number): LinkCounters {
    const stats = this.stats(number);
    const cleared = { ...stats };
    Object.assign(stats, zeroCounters());
    return cleared;
  }

  setPersistent(on: boolean): void {
    this.#persistent = on;
  }

  disconnect(hook: Hook): void {
    this.#links = this.#links.filter((other) => other !== hook);
    this.#hosts.remove((host) => host.link === hook);
    if (this.#context.node.hooks.size === 0 && !this.#persistent) this.#context.shutdown();
  }

  counters(): Readonly<Record<string, number>> {
    const sum = zeroCounters();
    for (const hook of this.#links) for (const name of LINK_COUNTERS) sum[name] += linkOf(hook).stats[name];
    return { hosts: this.#hosts.count, sameLink: this.#sameLink, unconnected: this.#unconnected, ...sum };
  }

  /** Counts one packet, learns its source and returns its destination. Sets `errno`. */
  #destination(hook: Hook, batch: PacketBatch, i: number): Destination {
    const link = linkOf(hook);
    const { stats } = link;
    const bytes = batch.buffer;
    const at = batch.offsets[i]!;
    this.#errno = E.EINVAL;
    if (batch.lengths[i]! < HEADER_BYTES) {
      stats.recvRunts++;
      return DROP;
    }
    if ((bytes[at + 6]! & 1) !== 0) {
      stats.recvInvalid++;
      return DROP;
    }
    this.#errno = E.ELOOP;
    if (link.muted > 0) {
      stats.loopDrops++;
      return DROP;
    }
    stats.recvPackets++;
    stats.recvOctets += batch.wireLengths[i]!;
    const manycast = (bytes[at]! & 1) !== 0;
    if (manycast) {
      if (isBroadcast(bytes, at)) stats.recvBroadcast++;
      else stats.recvMulticast++;
    }
    if (!this.#learn(hook, u16le(bytes, at + 6), u32le(bytes, at + 8) | 0)) return DROP;
    this.#errno = 0;
    if (manycast) return FLOOD;
    const host = this.#hosts.get(u16le(bytes, at), u32le(bytes, at + 2) | 0);
    if (host === null) {
      stats.recvUnknown++;
      return FLOOD;
    }
    if (host.link !== hook) return host.link;
    this.#sameLink++;
    return DROP;
  }

  /** Learns the link of a source address. False: the packet is dropped, with the reason in `errno`. */
  #learn(hook: Hook, head: number, tail: number): boolean {
    const { stats } = linkOf(hook);
    const host = this.#hosts.get(head, tail);
    if (host === null) {
      if (this.#hosts.add(head, tail, hook)) return true;
      stats.memoryFailures++;
      this.#errno = E.ENOMEM;
      return false;
    }
    host.staleness = 0;
    if (host.link === hook) return true;
    if (host.age < this.config.minStableAge) {
      linkOf(hook).muted = this.config.loopTimeout;
      stats.loopDetects++;
      stats.loopDrops++;
      this.#hosts.remove((other) => other.link === hook);
      return false;
    }
    host.link = hook;
    host.age = 0;
    return true;
  }

  /** Sends packets with the same destination. The newest link gets a flooded packet last, as in the kernel. */
  #forward(from: Hook, run: PacketBatch, destination: Destination): number {
    if (run.count === 0 || destination === DROP) return 0;
    if (destination !== FLOOD) return this.#transmit(destination, run);
    const links = this.#links;
    const first = links[0] === from ? 1 : 0;
    if (first >= links.length) {
      this.#unconnected += run.count;
      return 0;
    }
    let errno = 0;
    for (let i = first + 1; i < links.length; i++) {
      if (links[i] === from) continue;
      const copy = this.#copies.take(run);
      errno = this.#transmit(links[i]!, copy) || errno;
      this.#copies.release(copy);
    }
    return this.#transmit(links[first]!, run) || errno;
  }

  #transmit(hook: Hook, batch: PacketBatch): number {
    const { stats } = linkOf(hook);
    stats.xmitPackets += batch.count;
    for (let i = 0; i < batch.count; i++) {
      const at = batch.offsets[i]!;
      stats.xmitOctets += batch.wireLengths[i]!;
      if ((batch.buffer[at]! & 1) === 0) continue;
      if (isBroadcast(batch.buffer, at)) stats.xmitBroadcasts++;
      else stats.xmitMulticasts++;
    }
    return hook.send(batch);
  }

  /** Ages hosts and muted links. */
  #second(): void {
    for (const hook of this.#links) {
      const link = linkOf(hook);
      if (link.muted > 0) link.muted--;
    }
    this.#hosts.remove((host) => {
      if (++host.staleness > this.config.maxStaleness) return true;
      if (host.age < AGE_LIMIT) host.age++;
      return false;
    });
  }

  settings(): NodeSetting[] {
    const persistent = { command: "setpersistent", data: NO_DATA, reset: () => this.setPersistent(false) };
    return [settingOf("setconfig", configType, this.config), ...(this.#persistent ? [persistent] : [])];
  }

  table(): ValueOf<typeof tableType> {
    const hosts = Array.from(this.#hosts, ({ head, tail, link, age, staleness }) => {
      const addr = new Uint8Array(6);
      setU16le(addr, 0, head);
      setU32le(addr, 2, tail);
      return { addr, hook: link.name, age, staleness };
    });
    return { numHosts: hosts.length, hosts };
  }
}

function isBroadcast(bytes: Uint8Array, at: number): boolean {
  return i32be(bytes, at) === -1 && bytes[at + 4] === 0xff && bytes[at + 5] === 0xff;
}
