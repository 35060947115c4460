import { E, type PacketBatch, packetsOf } from "@ngflow/base";
import {
  BatchCopies,
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
import type { EtherInterface, EtherSink } from "./ether-interface.ts";
import { InterfaceRequests } from "./interface-requests.ts";
import { isOrphan } from "./orphan.ts";
import { withSource } from "./with-source.ts";

const HEADER_BYTES = 14;
const NO_DATA = new Uint8Array(0);

/** An ether node over some interface (reference: nodes.md §1). */
export class EtherBehaviour implements NodeBehaviour, EtherSink {
  private readonly context: NodeContext;
  readonly source: EtherInterface;
  private lower: Hook | null = null;
  private upper: Hook | null = null;
  private orphans: Hook | null = null;
  private capturing = false;
  private detached = false;
  autosrc = 0;
  readonly requests: InterfaceRequests;
  private readonly copies = new BatchCopies();

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
    this.requests = new InterfaceRequests(source);
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
    if (this.capturing) return;
    try {
      this.source.start(this);
    } catch (error) {
      this.forget(hook);
      if (error instanceof NgError && error.cause instanceof Error) this.context.log.error({}, error.cause.message);
      throw error;
    }
    this.capturing = true;
    this.requests.open();
  }

  private forget(hook: Hook): void {
    if (this.lower === hook) this.lower = null;
    if (this.upper === hook) this.upper = null;
    if (this.orphans === hook) this.orphans = null;
  }

  disconnect(hook: Hook): void {
    this.forget(hook);
    if (this.lower !== null || this.upper !== null || this.orphans !== null) return;
    this.requests.close();
    this.stopCapturing();
  }

  private stopCapturing(): void {
    if (!this.capturing) return;
    this.capturing = false;
    this.source.stop();
  }

  /** Frames captured until now reach the hooks; none after. */
  drain(): void {
    if (this.capturing) this.source.drain?.();
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
    this.stopCapturing();
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
    if (this.orphans === null || !hasOrphan(batch)) {
      this.handToHost(batch);
      return;
    }
    const unknown = this.copies.takeEmpty(batch);
    for (let i = 0; i < batch.count; i++) if (isOrphan(batch, i)) unknown.pushFrom(batch, i);
    const known = batch.count - unknown.count;
    this.pass(this.orphans, unknown, unknown.wireBytes());
    this.copies.release(unknown);
    if (known === 0) return;
    const rest = this.copies.takeEmpty(batch);
    for (let i = 0; i < batch.count; i++) if (!isOrphan(batch, i)) rest.pushFrom(batch, i);
    this.handToHost(rest);
    this.copies.release(rest);
  }

  private handToHost(batch: PacketBatch): void {
    if (this.source.inject === undefined) this.hookNotConnected += batch.count;
    else this.source.inject(batch);
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const toWire = hook !== this.upper;
    if (toWire && !this.source.isUp()) {
      this.interfaceDown += batch.count;
      return E.ENETDOWN;
    }
    let short = 0;
    for (let i = 0; i < batch.count; i++) if (batch.lengths[i]! < HEADER_BYTES) short++;
    if (short === 0) return toWire ? this.transmit(batch) : this.inject(batch);
    this.runts += short;
    if (short === batch.count) return E.EINVAL;
    const whole = this.copies.takeEmpty(batch);
    for (let i = 0; i < batch.count; i++) if (batch.lengths[i]! >= HEADER_BYTES) whole.pushFrom(batch, i);
    if (toWire) this.transmit(whole);
    else this.inject(whole);
    this.copies.release(whole);
    return E.EINVAL;
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

  detach(): void {
    this.detached = true;
    this.context.shutdown();
  }

  settings(): NodeSetting[] {
    return [settingOf("setautosrc", int32, this.autosrc), ...this.requests.list()];
  }

  counters(): Readonly<Record<string, number>> {
    const {
      packetsSeen,
      packetsDropped,
      freezes,
      packetsLeft = 0,
      packetsOnInterface,
      ...inline
    } = this.source.stats();
    return {
      packetsSeen: this.packetsAccepted,
      bytesSeen: this.bytesAccepted,
      packetsDropped,
      packetsCaptured: packetsSeen,
      ...(packetsOnInterface === undefined ? {} : { packetsOnInterface }),
      ringFreezes: freezes,
      packetsReceived: this.packetsReceived,
      bytesReceived: this.bytesReceived,
      packetsSent: this.packetsSent,
      bytesSent: this.bytesSent,
      packetsMerged: this.merged,
      segmentsMerged: this.segments,
      packetsRefused: inline.packetsRefused ?? 0,
      packetsBypassed: inline.packetsBypassed ?? 0,
      bypasses: inline.bypasses ?? 0,
      bypassedMs: inline.bypassedMs ?? 0,
      discardedInObserveMode: this.discardedInObserveMode,
      hookNotConnected: this.hookNotConnected + packetsLeft,
      interfaceDown: this.interfaceDown,
      runts: this.runts,
    };
  }
}

/** Whether the host's stack would not know the type of a frame. */
function hasOrphan(batch: PacketBatch): boolean {
  for (let i = 0; i < batch.count; i++) if (isOrphan(batch, i)) return true;
  return false;
}
