import {
  enaddr,
  FLOW_COOKIE,
  type Hook,
  int32,
  LINK_IS_DOWN,
  LINK_IS_UP,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  settingOf,
} from "@ngflow/graph";
import { E, PacketBatch, packetsOf } from "@ngflow/base";
import type { EtherInterface, EtherSink } from "./ether-interface.ts";
import { isOrphan } from "./orphan.ts";

const HEADER_BYTES = 14;
const NONE = new PacketBatch(0);
const NO_DATA = new Uint8Array(0);
const BROADCAST = "ff:ff:ff:ff:ff:ff";

/** An ether node over some interface (reference: nodes.md §1). */
export class EtherBehaviour implements NodeBehaviour, EtherSink {
  private readonly context: NodeContext;
  readonly source: EtherInterface;
  private lower: Hook | null = null;
  private upper: Hook | null = null;
  private orphans: Hook | null = null;
  private hearing = false;
  private detached = false;
  promiscuous = false;
  autosrc = 0;
  /** The interface's own address, once another one was set. */
  private ownMac: Uint8Array | undefined;
  private readonly groups = new Map<string, Uint8Array>();

  private packetsReceived = 0;
  private bytesReceived = 0;
  private packetsSent = 0;
  private bytesSent = 0;
  private packetsAccepted = 0;
  private bytesAccepted = 0;
  private hookNotConnected = 0;
  private discardedInObserveMode = 0;
  private interfaceDown = 0;
  private runts = 0;
  private merged = 0;
  private segments = 0;

  constructor(context: NodeContext, source: EtherInterface) {
    this.context = context;
    this.source = source;
  }

  newHook(hook: Hook): void {
    const { name } = hook;
    if (name !== "lower" && name !== "divert" && name !== "upper" && name !== "orphans") throw new NgError("EINVAL");
    const other = name === "lower" ? "divert" : name === "divert" ? "lower" : name;
    const existing = this.context.node.hooks.get(other);
    if (existing !== undefined && existing !== hook) throw new NgError("EISCONN");
  }

  connected(hook: Hook): void {
    if (hook.name === "upper") this.upper = hook;
    else if (hook.name === "orphans") this.orphans = hook;
    else this.lower = hook;
    if (this.hearing) return;
    try {
      this.source.start(this);
    } catch (error) {
      this.forget(hook);
      if (error instanceof NgError && error.cause instanceof Error) this.context.log.error({}, error.cause.message);
      throw error;
    }
    this.hearing = true;
    this.restore();
  }

  /** What was asked for while the interface was not open. */
  private restore(): void {
    if (this.promiscuous) this.source.setPromiscuous?.(true);
    for (const group of this.groups.values()) this.source.setMulticast?.(group, true);
  }

  private forget(hook: Hook): void {
    if (this.lower === hook) this.lower = null;
    if (this.upper === hook) this.upper = null;
    if (this.orphans === hook) this.orphans = null;
  }

  disconnect(hook: Hook): void {
    this.forget(hook);
    if (this.lower !== null || this.upper !== null || this.orphans !== null) return;
    if (this.promiscuous) {
      this.promiscuous = false;
      this.source.setPromiscuous?.(false);
    }
    this.stopHearing();
  }

  private stopHearing(): void {
    if (!this.hearing) return;
    this.hearing = false;
    this.source.stop();
  }

  /** Frames captured until now reach the hooks; none after. */
  drain(): void {
    if (this.hearing) this.source.drain?.();
  }

  /** Tells the peers of `lower` and `orphans` that the link came up or went down. */
  linkState(up: boolean): void {
    const message = {
      cookie: FLOW_COOKIE,
      cmd: up ? LINK_IS_UP : LINK_IS_DOWN,
      flags: 0,
      token: 0,
      cmdstr: "",
      data: NO_DATA,
    };
    if (this.lower !== null) this.context.sendAlong(this.lower, message);
    if (this.orphans !== null) this.context.sendAlong(this.orphans, message);
  }

  shutdown(): "persist" | undefined {
    this.stopHearing();
    return this.detached ? undefined : "persist";
  }

  received(batch: PacketBatch): void {
    const bytes = batch.wireBytes();
    if (batch.hasSegments) this.countSegments(batch);
    this.packetsReceived += batch.count;
    this.bytesReceived += bytes;
    if (this.lower !== null) this.pass(this.lower, batch, bytes);
    else this.toHost(batch);
  }

  sent(batch: PacketBatch): void {
    const bytes = batch.wireBytes();
    if (batch.hasSegments) this.countSegments(batch);
    this.packetsSent += batch.count;
    this.bytesSent += bytes;
    if (this.upper !== null) this.pass(this.upper, batch, bytes);
    else if (this.source.transmit === undefined) this.hookNotConnected += batch.count;
    else this.source.transmit(batch);
  }

  private countSegments({ count, segments }: PacketBatch): void {
    for (let i = 0; i < count; i++) {
      if (segments[i] === 0) continue;
      this.merged++;
      this.segments += packetsOf(segments[i]!);
    }
  }

  private pass(hook: Hook, batch: PacketBatch, bytes: number): void {
    this.packetsAccepted += batch.wirePackets();
    this.bytesAccepted += bytes + batch.segmentHeaderBytes();
    hook.send(batch);
  }

  /** Frames on their way to the host: those of unknown type leave through `orphans` if it is connected. */
  private toHost(batch: PacketBatch): void {
    const unknown = this.orphans === null ? NONE : select(batch, isOrphan);
    if (unknown.count > 0) this.pass(this.orphans!, unknown, unknown.wireBytes());
    const known = batch.count - unknown.count;
    if (known === 0) return;
    if (this.source.inject === undefined) this.hookNotConnected += known;
    else this.source.inject(unknown.count === 0 ? batch : select(batch, isKnown));
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const toWire = hook !== this.upper;
    if (toWire && !this.source.isUp()) {
      this.interfaceDown += batch.count;
      return E.ENETDOWN;
    }
    let short = 0;
    for (let i = 0; i < batch.count; i++) if (batch.lengths[i]! < HEADER_BYTES) short++;
    const frames = short === 0 ? batch : select(batch, isWhole);
    this.runts += short;
    let errno = 0;
    if (frames.count > 0) errno = toWire ? this.transmit(frames) : this.inject(frames);
    return short > 0 ? E.EINVAL : errno;
  }

  private transmit(batch: PacketBatch): number {
    if (this.source.transmit === undefined) {
      this.discardedInObserveMode += batch.count;
      return 0;
    }
    if (this.autosrc === 0) return this.source.transmit(batch);
    return this.source.transmitFrom === undefined
      ? this.source.transmit(withSource(batch, this.source.mac))
      : this.source.transmitFrom(this.source.mac, batch);
  }

  private inject(batch: PacketBatch): number {
    if (this.source.inject === undefined) {
      this.discardedInObserveMode += batch.count;
      return 0;
    }
    this.toHost(batch);
    return 0;
  }

  setMac(mac: Uint8Array): void {
    if (this.source.setMac === undefined) throw new NgError("EOPNOTSUPP");
    const own = this.ownMac ?? this.source.mac.slice();
    this.source.setMac(mac);
    this.ownMac = own;
  }

  detach(): void {
    this.detached = true;
    this.context.shutdown();
  }

  /** Promiscuous mode and groups take effect at once while a hook is connected, else with the first one: a closed ring costs nothing. */
  settings(): NodeSetting[] {
    const settings = [settingOf("setautosrc", int32, this.autosrc)];
    if (this.promiscuous) {
      settings.push(settingOf("setpromisc", int32, 1, { reset: () => this.requestPromiscuous(false) }));
    }
    for (const group of this.groups.values()) {
      settings.push(settingOf("addmulti", enaddr, group, { reset: () => this.leaveGroup(group) }));
    }
    const { ownMac, source } = this;
    if (ownMac !== undefined && keyOf(ownMac) !== keyOf(source.mac)) {
      settings.push(settingOf("setenaddr", enaddr, source.mac, { reset: () => this.setMac(ownMac) }));
    }
    return settings;
  }

  requestPromiscuous(on: boolean): void {
    if (on === this.promiscuous) return;
    if (this.source.setPromiscuous === undefined) throw new NgError("EOPNOTSUPP");
    if (this.hearing) this.source.setPromiscuous(on);
    this.promiscuous = on;
  }

  joinGroup(group: Uint8Array): void {
    if ((group[0]! & 1) === 0 || keyOf(group) === BROADCAST) throw new NgError("EINVAL");
    if (this.groups.has(keyOf(group))) throw new NgError("EADDRINUSE");
    if (this.source.setMulticast === undefined) throw new NgError("EOPNOTSUPP");
    if (this.hearing) this.source.setMulticast(group, true);
    this.groups.set(keyOf(group), group);
  }

  leaveGroup(group: Uint8Array): void {
    if (!this.groups.has(keyOf(group))) throw new NgError("ENOENT");
    if (this.hearing) this.source.setMulticast?.(group, false);
    this.groups.delete(keyOf(group));
  }

  counters(): Readonly<Record<string, number>> {
    const { packetsSeen, packetsDropped, freezes, packetsLeft = 0, packetsRefused = 0 } = this.source.stats();
    return {
      packetsSeen: this.packetsAccepted,
      bytesSeen: this.bytesAccepted,
      packetsDropped,
      packetsCaptured: packetsSeen,
      ringFreezes: freezes,
      packetsReceived: this.packetsReceived,
      bytesReceived: this.bytesReceived,
      packetsSent: this.packetsSent,
      bytesSent: this.bytesSent,
      packetsMerged: this.merged,
      segmentsMerged: this.segments,
      packetsRefused,
      discardedInObserveMode: this.discardedInObserveMode,
      hookNotConnected: this.hookNotConnected + packetsLeft,
      interfaceDown: this.interfaceDown,
      runts: this.runts,
    };
  }
}

/** The packets of a batch that satisfy a test: the batch itself if all do, else a new one over the same buffer. */
function select(batch: PacketBatch, test: (batch: PacketBatch, i: number) => boolean): PacketBatch {
  let count = 0;
  for (let i = 0; i < batch.count; i++) if (test(batch, i)) count++;
  if (count === batch.count) return batch;
  if (count === 0) return NONE;
  const chosen = new PacketBatch(count, batch.buffer);
  for (let i = 0; i < batch.count; i++) if (test(batch, i)) chosen.pushFrom(batch, i);
  return chosen;
}

function isWhole(batch: PacketBatch, i: number): boolean {
  return batch.lengths[i]! >= HEADER_BYTES;
}

function isKnown(batch: PacketBatch, i: number): boolean {
  return !isOrphan(batch, i);
}

/** Copies of the frames with their source address replaced. */
function withSource(batch: PacketBatch, mac: Uint8Array): PacketBatch {
  let size = 0;
  for (let i = 0; i < batch.count; i++) size += batch.lengths[i]!;
  const copy = new PacketBatch(batch.count, new Uint8Array(size));
  let at = 0;
  for (let i = 0; i < batch.count; i++) {
    copy.buffer.set(batch.packet(i), at);
    copy.buffer.set(mac, at + 6);
    copy.pushFrom(batch, i);
    copy.offsets[i] = at;
    at += batch.lengths[i]!;
  }
  return copy;
}

function keyOf(mac: Uint8Array): string {
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
