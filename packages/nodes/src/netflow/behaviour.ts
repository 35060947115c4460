import { E, PacketBatch, setU16le, setU32le, u16le, u32le } from "@ngflow/base";
import {
  type ControlMessage,
  type Hook,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
} from "@ngflow/graph";
import { COLLECTORS_MAX, EXPORT_HOOKS, type ExportHook, type FlowEngine } from "./flow-engine.ts";
import {
  INFO_FIELDS,
  MSG_IFINFO,
  MSG_INFO,
  MSG_SETBALANCE,
  MSG_SETCONFIG,
  MSG_SETDLT,
  MSG_SETFIELDS,
  MSG_SETIFINDEX,
  MSG_SETMTU,
  MSG_SETPROTOTIMEOUTS,
  MSG_SETSAMPLING,
  MSG_SETTEMPLATE,
  MSG_SETTIMEOUTS,
  MSG_SHOW,
  MSG_V9INFO,
} from "./messages.ts";
import { GivenSettings } from "./given-settings.ts";
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

const MTU_MIN = 24;
const MTU_MAX = 16384;

/**
 * What every profile of the node shares: hooks, control messages, conf bits and tags, forwarding (reference:
 * ng_netflow.md §1, §2, §4). Packets that are to be accounted go to the engine.
 */
export class NetflowBehaviour implements NodeBehaviour {
  private readonly context: NodeContext;
  private readonly engine: FlowEngine;
  private readonly given = new GivenSettings();
  private readonly slots = new Map<number, Slot>();
  private readonly exports = new Set<ExportHook>();
  private readonly tag: number;
  private stopTimer: (() => void) | null = null;
  private inactiveSeconds = 15;
  private activeSeconds = 1800;
  private templateSeconds = 600;
  private templatePackets = 500;
  private mtu = 1500;
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
      if (role.kind === "iface") slot.dataLinkType = 1;
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

  message(message: ControlMessage): Uint8Array | undefined {
    if (message.cookie !== NETFLOW_COOKIE) throw new NgError("EINVAL");
    const reply = this.perform(message);
    this.given.add(message);
    return reply;
  }

  settings(): NodeSetting[] {
    return this.given.settings((number) => (this.slots.get(number)?.iface ?? null) !== null);
  }

  private perform(message: ControlMessage): Uint8Array | undefined {
    const { data } = message;
    switch (message.cmd >>> 0) {
      case MSG_INFO:
        return this.info();
      case MSG_IFINFO:
        return this.ifinfo(data);
      case MSG_SHOW:
        return required(this.engine.show?.(data));
      case MSG_SETDLT: {
        requireBytes(data, 4);
        const slot = this.connectedSlot(u16le(data, 0));
        if (data[2] !== 1 && data[2] !== 12) throw new NgError("EINVAL");
        slot.dataLinkType = data[2];
        slot.changed();
        return undefined;
      }
      case MSG_SETIFINDEX: {
        requireBytes(data, 4);
        const slot = this.connectedSlot(u16le(data, 0));
        slot.ifIndex = u16le(data, 2);
        slot.changed();
        return undefined;
      }
      case MSG_SETTIMEOUTS:
        requireBytes(data, 8);
        this.inactiveSeconds = u32le(data, 0);
        this.activeSeconds = u32le(data, 4);
        this.engine.setTimeouts(this.inactiveSeconds, this.activeSeconds);
        return undefined;
      case MSG_SETCONFIG: {
        requireBytes(data, 8);
        const number = u16le(data, 0);
        if (number >= MAX_SLOTS) throw new NgError("EINVAL");
        const slot = this.slot(number);
        slot.conf = u32le(data, 4);
        slot.changed();
        return undefined;
      }
      case MSG_SETTEMPLATE:
        requireBytes(data, 4);
        this.templateSeconds = u16le(data, 0);
        this.templatePackets = u16le(data, 2);
        this.engine.setTemplate(this.templateSeconds, this.templatePackets);
        return undefined;
      case MSG_SETMTU: {
        requireBytes(data, 2);
        const mtu = u16le(data, 0);
        if (mtu < MTU_MIN || mtu > MTU_MAX) throw new NgError("EINVAL");
        this.mtu = mtu;
        this.engine.setMtu(mtu);
        return undefined;
      }
      case MSG_V9INFO: {
        const reply = new Uint8Array(6);
        setU16le(reply, 0, this.templatePackets);
        setU16le(reply, 2, this.templateSeconds);
        setU16le(reply, 4, this.mtu);
        return reply;
      }
      default:
        return this.ownMessage(message.cmd, data);
    }
  }

  /** Messages that FreeBSD's node does not have; a profile without them refuses them. */
  private ownMessage(cmd: number, data: Uint8Array): undefined {
    const { engine } = this;
    let done: boolean | undefined;
    if (cmd === MSG_SETFIELDS) {
      const end = data.indexOf(0);
      done = engine.setFields?.(String.fromCharCode(...data.subarray(0, end < 0 ? Math.min(data.length, 256) : end)));
    } else if (cmd === MSG_SETSAMPLING) {
      requireBytes(data, 12);
      done = engine.setSampling?.(data[0]!, u32le(data, 4), u32le(data, 8));
    } else if (cmd === MSG_SETPROTOTIMEOUTS) {
      requireBytes(data, 12);
      engine.setProtocolTimeouts?.(data[0]!, u32le(data, 4), u32le(data, 8));
      done = engine.setProtocolTimeouts !== undefined;
    } else if (cmd === MSG_SETBALANCE) {
      requireBytes(data, 1);
      engine.setBalance?.(data[0] !== 0);
      done = engine.setBalance !== undefined;
    }
    if (done !== true) throw new NgError("EINVAL");
    return undefined;
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

  private info(): Uint8Array {
    const info = this.engine.info();
    const values = [
      info.ipv4Bytes,
      info.ipv4Packets,
      info.ipv6Bytes,
      info.ipv6Packets,
      info.ipv4SkippedBytes,
      info.ipv4SkippedPackets,
      info.ipv6SkippedBytes,
      info.ipv6SkippedPackets,
      info.activeExpiries,
      info.inactiveExpiries,
      info.ipv4RecordsUsed,
      info.ipv6RecordsUsed,
      info.failedAllocations,
      info.v5FailedExports,
      info.v9FailedExports,
      // Buffers here are contiguous: nothing is ever moved.
      0,
      info.fibsAllocated,
      this.inactiveSeconds,
      this.activeSeconds,
    ];
    const bytes = INFO_FIELDS.reduce((sum, [, bits]) => sum + bits / 8, 0);
    // The C structure is padded to its alignment of 8.
    const reply = new Uint8Array(Math.ceil(bytes / 8) * 8);
    let at = 0;
    for (const [i, [, bits]] of INFO_FIELDS.entries()) {
      const value = values[i]!;
      setU32le(reply, at, value % 4294967296);
      if (bits === 64) setU32le(reply, at + 4, Math.floor(value / 4294967296));
      at += bits / 8;
    }
    return reply;
  }

  private ifinfo(data: Uint8Array): Uint8Array {
    requireBytes(data, 2);
    const slot = this.connectedSlot(u16le(data, 0));
    const reply = new Uint8Array(12);
    setU32le(reply, 0, slot.packets % 4294967296);
    reply[4] = slot.dataLinkType;
    setU16le(reply, 6, slot.ifIndex);
    setU32le(reply, 8, slot.conf);
    return reply;
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

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new NgError("EINVAL");
  return value;
}

function requireBytes(data: Uint8Array, size: number): void {
  if (data.length !== size) throw new NgError("EINVAL");
}
