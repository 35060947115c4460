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
import { configType, LINK_COUNTERS, type moveHostType, privateType, type tableType } from "./bridge-types.ts";
import { type Host, HostTable } from "./host-table.ts";

const HEADER_BYTES = 14;
const NO_DATA = new Uint8Array(0);
const AGE_LIMIT = 0xffff;
/** Levels of `debugLevel` from which loops and sizes of the table are logged. */
const LOG_LOOPS = 2;
const LOG_SIZES = 3;

type LinkCounters = Record<(typeof LINK_COUNTERS)[number], number>;

/** State of a link, kept in its hook. */
interface Link {
  /** As the messages name it: N of `link<N>`, -N of `uplink<N>`. */
  readonly number: number;
  /** Hosts behind it are not learned, and it gets the frames for unknown ones whatever the bridge does. */
  readonly uplink: boolean;
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

/** Destinations other than one link: every other link, for group addresses and for unknown hosts, and none. */
const TO_GROUP = 1;
const TO_UNKNOWN = 2;
const DROP = 3;
type Destination = Hook | typeof TO_GROUP | typeof TO_UNKNOWN | typeof DROP;

/** The link that a hook name stands for. @throws NgError EINVAL. */
function parseLink(name: string): Link {
  const match = /^(up)?link(0|[1-9][0-9]{0,9})$/.exec(name);
  const number = Number(match?.[2]);
  const uplink = match?.[1] !== undefined;
  if (match === null || number > 0xffffffff || (uplink && number === 0)) throw new NgError("EINVAL");
  return { number: uplink ? -number : number, uplink, stats: zeroCounters(), muted: 0 };
}

/** A bridge node (reference: nodes.md §7). */
export class BridgeBehaviour implements NodeBehaviour {
  readonly #context: NodeContext;
  readonly #hosts = new HostTable();
  readonly #copies = new BatchCopies();
  /** Newest first. */
  #links: readonly Hook[] = [];
  #persistent = false;
  /** Whether only uplinks get frames for unknown hosts. */
  #private = false;
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
    hook.data = parseLink(hook.name);
  }

  connected(hook: Hook): void {
    if (hook.peer!.node === this.#context.node) throw new NgError("ELOOP");
    if (this.#links.length === 0 && linkOf(hook).uplink) this.#private = true;
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

  /** Statistics of a link; a number below 0 is that of an uplink. @throws NgError ENOTCONN. */
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

  /** Sets whether only uplinks get frames for unknown hosts, as if the first link had been one. */
  setPrivate(on: boolean): void {
    this.#private = on;
  }

  /**
   * Puts a host behind a link: the one of that name, or the one that the message came in by.
   * @throws NgError ENOENT without such a link, ELOOP when the host moves too soon, ENOMEM when the table is full.
   */
  moveHost({ addr, hook: name }: ValueOf<typeof moveHostType>, viaHook: Hook | undefined): void {
    const hook = name === "" ? viaHook : this.#context.node.hooks.get(name);
    if (hook === undefined) throw new NgError("ENOENT");
    const errno = this.#put(u16le(addr, 0), u32le(addr, 2) | 0, hook);
    if (errno !== 0) throw new NgError(errno);
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
    const head = u16le(bytes, at + 6);
    const tail = u32le(bytes, at + 8) | 0;
    const host = this.#hosts.get(head, tail);
    // Where the frame goes is decided before its sender is learned, as in the kernel.
    const destination = this.#lookUp(hook, host, batch, i, manycast);
    if (host === null ? !link.uplink : host.link !== hook) this.#put(head, tail, hook);
    return destination;
  }

  #lookUp(hook: Hook, host: Host | null, batch: PacketBatch, i: number, manycast: boolean): Destination {
    const { stats } = linkOf(hook);
    if (host !== null) {
      host.staleness = 0;
      if (host.link !== hook && host.age < this.config.minStableAge) {
        stats.loopDrops++;
        return DROP;
      }
    }
    this.#errno = 0;
    if (manycast) return TO_GROUP;
    const at = batch.offsets[i]!;
    const receiver = this.#hosts.get(u16le(batch.buffer, at), u32le(batch.buffer, at + 2) | 0);
    if (receiver === null) {
      stats.recvUnknown++;
      return TO_UNKNOWN;
    }
    if (receiver.link !== hook) return receiver.link;
    this.#sameLink++;
    return DROP;
  }

  /** Notes which link a host is behind. Returns the errno: ELOOP mutes the link that it has moved to too soon. */
  #put(head: number, tail: number, hook: Hook): number {
    const link = linkOf(hook);
    const host = this.#hosts.get(head, tail);
    if (host === null) {
      const { size } = this.#hosts;
      if (!this.#hosts.add(head, tail, hook)) {
        link.stats.memoryFailures++;
        return E.ENOMEM;
      }
      this.#logSize(size);
      return 0;
    }
    if (host.link === hook) return 0;
    if (host.age >= this.config.minStableAge) {
      host.link = hook;
      host.age = 0;
      return 0;
    }
    this.#log(LOG_LOOPS, `loopback detected on ${hook.name}`);
    link.muted = this.config.loopTimeout & 0xffff;
    link.stats.loopDetects++;
    this.#hosts.remove((other) => other.link === hook);
    return E.ELOOP;
  }

  #log(level: number, text: string): void {
    if (this.config.debugLevel >= level) this.#context.enqueue(() => this.#context.log.warn({}, text));
  }

  #logSize(before: number): void {
    const { size } = this.#hosts;
    if (size !== before) this.#log(LOG_SIZES, `table size ${before} -> ${size}`);
  }

  /** Sends packets with the same destination. The newest link gets a flooded packet last, as in the kernel. */
  #forward(from: Hook, run: PacketBatch, destination: Destination): number {
    if (run.count === 0 || destination === DROP) return 0;
    if (destination !== TO_GROUP && destination !== TO_UNKNOWN) return this.#transmit(destination, run);
    const onlyUplinks = destination === TO_UNKNOWN && this.#private;
    let first: Hook | null = null;
    let errno = 0;
    for (const hook of this.#links) {
      if (hook === from || (onlyUplinks && !linkOf(hook).uplink)) continue;
      if (first === null) {
        first = hook;
        continue;
      }
      const copy = this.#copies.take(run);
      errno = this.#transmit(hook, copy) || errno;
      this.#copies.release(copy);
    }
    if (first !== null) return this.#transmit(first, run) || errno;
    this.#unconnected += run.count;
    return 0;
  }

  /** Sends packets and counts them, unless the next node refuses them: then none of the batch counts. */
  #transmit(hook: Hook, batch: PacketBatch): number {
    // The batch is the receiver's meanwhile.
    const { count } = batch;
    const octets = batch.wireBytes();
    let multicasts = 0;
    let broadcasts = 0;
    for (let i = 0; i < count; i++) {
      const at = batch.offsets[i]!;
      if ((batch.buffer[at]! & 1) === 0) continue;
      if (isBroadcast(batch.buffer, at)) broadcasts++;
      else multicasts++;
    }
    const errno = hook.send(batch);
    const { stats } = linkOf(hook);
    if (errno !== 0) {
      if (errno === E.ENOMEM) stats.memoryFailures++;
      return errno;
    }
    stats.xmitPackets += count;
    stats.xmitOctets += octets;
    stats.xmitMulticasts += multicasts;
    stats.xmitBroadcasts += broadcasts;
    return 0;
  }

  /** Ages hosts and muted links. */
  #second(): void {
    const { size } = this.#hosts;
    this.#hosts.remove((host) => {
      if (++host.staleness >= this.config.maxStaleness) return true;
      if (host.age < AGE_LIMIT) host.age++;
      return false;
    });
    this.#hosts.resize();
    this.#logSize(size);
    for (const hook of this.#links) {
      const link = linkOf(hook);
      if (link.muted > 0 && --link.muted === 0) this.#log(LOG_LOOPS, `restoring looped back ${hook.name}`);
    }
  }

  settings(): NodeSetting[] {
    const persistent = { command: "setpersistent", data: NO_DATA, reset: () => this.setPersistent(false) };
    // Which link came first is not in the graph any more, and when it is rebuilt another one may.
    const depends = this.#private || this.#links.some((hook) => linkOf(hook).uplink);
    const only = settingOf("setprivate", privateType, this.#private ? 1 : 0, { reset: () => this.setPrivate(false) });
    return [
      settingOf("setconfig", configType, this.config),
      ...(depends ? [only] : []),
      ...(this.#persistent ? [persistent] : []),
    ];
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
