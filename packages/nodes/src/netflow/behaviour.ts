import { E, type PacketBatch } from "@ngflow/base";
import {
  BatchCopies,
  type ControlMessage,
  type Hook,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  type ValueOf,
} from "@ngflow/graph";
import type { ExportHook, FlowEngine } from "./flow-engine.ts";
import { type HookRole, hookRole } from "./hook-role.ts";
import { infoReply } from "./info-reply.ts";
import { type infoType, MSG_SHOW } from "./message-types.ts";
import { NodeSettings } from "./node-settings.ts";
import { CONF_EGRESS, CONF_INGRESS, CONF_ONCE, CONF_THISONCE, type Slot } from "./slot.ts";
import { Slots } from "./slots.ts";

export const NETFLOW_COOKIE = 1365756954;

/**
 * What every profile of the node shares: hooks, control messages, conf bits and tags, forwarding (reference:
 * ng_netflow.md §1, §2, §4). Packets that are to be accounted go to the engine.
 */
export class NetflowBehaviour implements NodeBehaviour {
  private readonly context: NodeContext;
  private readonly engine: FlowEngine;
  readonly nodeSettings: NodeSettings;
  readonly slots = new Slots();
  private readonly exports = new Set<ExportHook>();
  private readonly tag: number;
  private stopTimer: (() => void) | null = null;
  private readonly copies = new BatchCopies();
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
    const role = hookRole(hook.name, this.slots, this.engine);
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
      if (role.kind === "iface") slot.forgetLinkType();
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
    if (batch.linkType !== slot.dataLinkType) slot.seeLinkType(batch.linkType);
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
    const chosen = this.copies.takeEmpty(batch);
    for (let i = 0; i < count; i++) {
      if ((tags[i]! & exclude) !== 0) continue;
      tags[i]! |= this.tag;
      chosen.pushFrom(batch, i);
    }
    const accounted = chosen.count;
    if (accounted > 0) this.accountErrno = this.engine.account(chosen, where);
    this.copies.release(chosen);
    return accounted;
  }

  /** `show`, whose binary reply no type describes. */
  message({ cookie, cmd, data }: ControlMessage): Uint8Array {
    const reply = cookie === NETFLOW_COOKIE && cmd >>> 0 === MSG_SHOW ? this.engine.show?.(data) : undefined;
    if (reply === undefined) throw new NgError("EINVAL");
    return reply;
  }

  settings(): NodeSetting[] {
    return [...this.nodeSettings.list(), ...this.slots.settings()];
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
      activeTimeoutSeconds: this.nodeSettings.longestActive(),
    };
  }

  info(): ValueOf<typeof infoType> {
    return infoReply(this.engine.info(), this.nodeSettings.timeouts);
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
