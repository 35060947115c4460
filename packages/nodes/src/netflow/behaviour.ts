import { E, PacketBatch } from "@ngflow/base";
import {
  type ControlMessage,
  type Hook,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  settingOf,
  type ValueOf,
} from "@ngflow/graph";
import { COLLECTORS_MAX, EXPORT_HOOKS, type ExportHook, type FlowEngine } from "./flow-engine.ts";
import { confType, dataLinkType, ifIndexType, type infoType, MSG_SHOW, type slotInfoType } from "./message-types.ts";
import { NodeSettings } from "./node-settings.ts";
import {
  CONF_EGRESS,
  CONF_INGRESS,
  CONF_ONCE,
  CONF_THISONCE,
  type HookRole,
  MAX_SLOTS,
  Slot,
  slotNumber,
} from "./slot.ts";

export const NETFLOW_COOKIE = 1365756954;

const DLT_ETHERNET = 1;
const DLT_RAW = 12;

/**
 * What every profile of the node shares: hooks, control messages, conf bits and tags, forwarding (reference:
 * ng_netflow.md §1, §2, §4). Packets that are to be accounted go to the engine.
 */
export class NetflowBehaviour implements NodeBehaviour {
  private readonly context: NodeContext;
  private readonly engine: FlowEngine;
  readonly nodeSettings: NodeSettings;
  private readonly slots = new Map<number, Slot>();
  private readonly exports = new Set<ExportHook>();
  private readonly tag: number;
  private stopTimer: (() => void) | null = null;
  /** Packets of a batch of which some are not accounted. */
  private chosen = new PacketBatch(0);
  /** Result of the latest call of the engine. */
  private accountErrno = 0;
  private bypassed = 0;
  private forwarded = 0;
  private unforwarded = 0;
  private refusedAtExport = 0;

  constructor(context: NodeContext, engine: FlowEngine) {
    this.context = context;
    this.engine = engine;
    this.nodeSettings = new NodeSettings(engine);
    this.tag = context.tagBit();
  }

  newHook(hook: Hook): void {
    const role = this.roleOf(hook.name);
    if (role.kind === "export") {
      const name = hook.name as ExportHook;
      if (this.exports.has(name)) throw new NgError("EISCONN");
      this.exports.add(name);
      this.engine.setExport(name, hook);
      this.armTimer();
    } else {
      const { slot } = role;
      if (slot[role.kind] !== null) throw new NgError("EISCONN");
      slot[role.kind] = hook;
      if (role.kind === "iface") slot.dataLinkType = DLT_ETHERNET;
      slot.changed();
    }
    hook.data = role;
  }

  disconnect(hook: Hook): void {
    const role = hook.data as HookRole | undefined;
    if (role === undefined) return;
    if (role.kind === "export") {
      const name = hook.name as ExportHook;
      this.exports.delete(name);
      this.engine.setExport(name, null);
      if (this.exports.size === 0) this.disarmTimer();
    } else {
      role.slot[role.kind] = null;
      role.slot.changed();
    }
  }

  receive(hook: Hook, batch: PacketBatch): number {
    const role = hook.data as HookRole;
    if (role.kind === "export") {
      this.refusedAtExport += batch.count;
      return E.EINVAL;
    }
    const { slot } = role;
    const ingress = role.kind === "iface";
    const other = ingress ? slot.out : slot.iface;
    const accounted = this.account(batch, slot, ingress);
    const bypassed = batch.count - accounted;
    slot.packets += accounted;
    this.bypassed += bypassed;
    if (other !== null) {
      this.forwarded += batch.count;
      return other.send(batch);
    }
    this.unforwarded += bypassed;
    return bypassed === 0 ? this.accountErrno : E.ENOTCONN;
  }

  /** Gives the engine the packets that conf bits and tags allow, tagging them where asked. Returns their number. */
  private account(batch: PacketBatch, slot: Slot, ingress: boolean): number {
    const { conf } = slot;
    this.accountErrno = 0;
    if ((conf & (ingress ? CONF_INGRESS : CONF_EGRESS)) === 0) return 0;
    const where = ingress ? slot.ingress : slot.egress;
    if ((conf & (CONF_ONCE | CONF_THISONCE)) === 0) {
      this.accountErrno = this.engine.account(batch, where);
      return batch.count;
    }
    let exclude = (conf & CONF_THISONCE) !== 0 ? this.tag : 0;
    if ((conf & CONF_ONCE) !== 0) exclude |= this.context.typeTagBits();
    const { tags, count } = batch;
    let seen = 0;
    for (let i = 0; i < count; i++) seen |= tags[i]!;
    if ((seen & exclude) === 0) {
      for (let i = 0; i < count; i++) tags[i]! |= this.tag;
      this.accountErrno = this.engine.account(batch, where);
      return count;
    }
    if (this.chosen.capacity < count) this.chosen = new PacketBatch(batch.capacity);
    const { chosen } = this;
    chosen.buffer = batch.buffer;
    chosen.count = 0;
    for (let i = 0; i < count; i++) {
      if ((tags[i]! & exclude) !== 0) continue;
      tags[i]! |= this.tag;
      chosen.pushFrom(batch, i);
    }
    if (chosen.count > 0) this.accountErrno = this.engine.account(chosen, where);
    return chosen.count;
  }

  /** `show`, whose binary reply no type describes. */
  message({ cookie, cmd, data }: ControlMessage): Uint8Array {
    const reply = cookie === NETFLOW_COOKIE && cmd >>> 0 === MSG_SHOW ? this.engine.show?.(data) : undefined;
    if (reply === undefined) throw new NgError("EINVAL");
    return reply;
  }

  settings(): NodeSetting[] {
    return [...this.nodeSettings.list(), ...[...this.slots.values()].flatMap((slot) => this.slotSettings(slot))];
  }

  private slotSettings(slot: Slot): NodeSetting[] {
    const { number: iface, conf, dataLinkType: dlt, ifIndex: index } = slot;
    // The latter two are refused while the hook is not there.
    const local = slot.iface === null;
    const settings: NodeSetting[] = [];
    const list = (setting: NodeSetting, reset: () => void): void =>
      void settings.push({
        ...setting,
        reset() {
          reset();
          slot.changed();
        },
      });
    if (conf !== CONF_INGRESS) {
      list(settingOf("setconfig", confType, { iface, conf }), () => void (slot.conf = CONF_INGRESS));
    }
    if (dlt !== DLT_ETHERNET) {
      list(settingOf("setdlt", dataLinkType, { iface, dlt }, { local }), () => void (slot.dataLinkType = DLT_ETHERNET));
    }
    if (index !== 0) {
      list(settingOf("setifindex", ifIndexType, { iface, index }, { local }), () => void (slot.ifIndex = 0));
    }
    return settings;
  }

  setDataLinkType(iface: number, dlt: number): void {
    const slot = this.connectedSlot(iface);
    if (dlt !== DLT_ETHERNET && dlt !== DLT_RAW) throw new NgError("EINVAL");
    slot.dataLinkType = dlt;
    slot.changed();
  }

  setIfIndex(iface: number, index: number): void {
    const slot = this.connectedSlot(iface);
    slot.ifIndex = index;
    slot.changed();
  }

  setConf(iface: number, conf: number): void {
    if (iface >= MAX_SLOTS) throw new NgError("EINVAL");
    const slot = this.slot(iface);
    slot.conf = conf;
    slot.changed();
  }

  close(): void {
    this.disarmTimer();
    this.engine.close(this.context.clock.nowMs());
  }

  shutdown(): undefined {
    this.disarmTimer();
    return undefined;
  }

  counters(): Readonly<Record<string, number>> {
    return {
      ...this.engine.counters(),
      packetsBypassed: this.bypassed,
      packetsForwarded: this.forwarded,
      packetsUnforwarded: this.unforwarded,
      packetsRefusedAtExport: this.refusedAtExport,
    };
  }

  private roleOf(name: string): HookRole {
    const iface = slotNumber(name, "iface");
    if (iface !== undefined) return { kind: "iface", slot: this.slot(iface) };
    const out = slotNumber(name, "out");
    if (out !== undefined) return { kind: "out", slot: this.slot(out) };
    const [base, rank] = name.split("_");
    const known = EXPORT_HOOKS.find((each) => each === base);
    if (known === undefined || !this.engine.exportHooks.includes(known)) throw new NgError("EINVAL");
    if (name !== known) {
      const number = /^[1-9]\d?$/.test(rank ?? "") ? Number(rank) : COLLECTORS_MAX;
      if (this.engine.moreExports !== true || number >= COLLECTORS_MAX || name !== `${known}_${number}`) {
        throw new NgError("EINVAL");
      }
    }
    return { kind: "export" };
  }

  private slot(number: number): Slot {
    let slot = this.slots.get(number);
    if (slot === undefined) {
      slot = new Slot(number);
      this.slots.set(number, slot);
    }
    return slot;
  }

  private connectedSlot(number: number): Slot {
    const slot = this.slots.get(number);
    if (slot === undefined || slot.iface === null) throw new NgError("EINVAL");
    return slot;
  }

  info(): ValueOf<typeof infoType> {
    const info = this.engine.info();
    const { inactive, active } = this.nodeSettings.timeouts;
    return {
      "IPv4 bytes": info.ipv4Bytes,
      "IPv4 packets": info.ipv4Packets,
      "IPv6 bytes": info.ipv6Bytes,
      "IPv6 packets": info.ipv6Packets,
      "IPv4 skipped bytes": info.ipv4SkippedBytes,
      "IPv4 skipped packets": info.ipv4SkippedPackets,
      "IPv6 skipped bytes": info.ipv6SkippedBytes,
      "IPv6 skipped packets": info.ipv6SkippedPackets,
      "Active expiries": info.activeExpiries,
      "Inactive expiries": info.inactiveExpiries,
      "IPv4 records used": info.ipv4RecordsUsed,
      "IPv6 records used": info.ipv6RecordsUsed,
      "Failed allocations": info.failedAllocations,
      "V5 failed exports": info.v5FailedExports,
      "V9 failed exports": info.v9FailedExports,
      // Buffers here are contiguous: nothing is ever moved.
      "mbuf reallocations": 0,
      "fibs allocated": info.fibsAllocated,
      "Inactive timeout": inactive,
      "Active timeout": active,
    };
  }

  /** @throws NgError EINVAL when the slot's `iface` hook is not connected. */
  slotInfo(iface: number): ValueOf<typeof slotInfoType> {
    const { packets, dataLinkType: dlt, ifIndex, conf } = this.connectedSlot(iface);
    return { packets, "data link type": dlt, index: ifIndex, conf };
  }

  private armTimer(): void {
    this.disarmTimer();
    this.stopTimer = this.context.every(this.engine.tickIntervalMs, (nowMs) => this.engine.tick(nowMs));
  }

  private disarmTimer(): void {
    this.stopTimer?.();
    this.stopTimer = null;
  }
}
