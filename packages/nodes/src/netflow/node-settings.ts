import { NgError, type NodeSetting, settingOf, string, uint8, type ValueOf } from "@ngflow/graph";
import type { FlowEngine } from "./flow-engine.ts";
import { mtuType, protocolTimeoutsType, samplingType, templateType, timeoutsType } from "./message-types.ts";

const MTU_MIN = 24;
const MTU_MAX = 16384;

type Timeouts = ValueOf<typeof timeoutsType>;

/** What a new node has (reference: ng_netflow.md §2). */
const TIMEOUTS: Timeouts = { inactive: 15, active: 1800 };
const TEMPLATE: ValueOf<typeof templateType> = { time: 600, packets: 500 };
const MTU: ValueOf<typeof mtuType> = { mtu: 1500 };
const ALL_PACKETS: ValueOf<typeof samplingType> = { mode: 0, interval: 0, seed: 0 };

/** The settings of a node that are not those of one slot, which it passes on to its engine. */
export class NodeSettings {
  readonly #engine: FlowEngine;
  timeouts = TIMEOUTS;
  template = TEMPLATE;
  mtu = MTU;
  readonly #protocols = new Map<number, ValueOf<typeof protocolTimeoutsType>>();
  #fields = "";
  #key: string;
  #sampling = ALL_PACKETS;
  #balance = 0;

  constructor(engine: FlowEngine) {
    this.#engine = engine;
    this.#key = engine.newKey ?? "";
  }

  setTimeouts(timeouts: Timeouts): void {
    this.timeouts = timeouts;
    this.#engine.setTimeouts(timeouts.inactive, timeouts.active);
  }

  setTemplate(template: ValueOf<typeof templateType>): void {
    this.template = template;
    this.#engine.setTemplate(template.time, template.packets);
  }

  /** @throws NgError EINVAL for a size out of range. */
  setMtu(mtu: ValueOf<typeof mtuType>): void {
    if (mtu.mtu < MTU_MIN || mtu.mtu > MTU_MAX) throw new NgError("EINVAL");
    this.mtu = mtu;
    this.#engine.setMtu(mtu.mtu);
  }

  // The profile freebsd has no setting below this line.

  /** @throws NgError EINVAL for an unknown name. */
  setFields(names: string): void {
    if (this.#engine.setFields?.(names) !== true) throw new NgError("EINVAL");
    this.#fields = names;
  }

  /** @throws NgError EINVAL for an unknown name. */
  setKey(names: string): void {
    if (this.#engine.setKey?.(names) !== true) throw new NgError("EINVAL");
    this.#key = names;
  }

  /** @throws NgError EINVAL for a mode or an interval that there is not. */
  setSampling(sampling: ValueOf<typeof samplingType>): void {
    const { mode, interval, seed } = sampling;
    if (this.#engine.setSampling?.(mode, interval, seed) !== true) throw new NgError("EINVAL");
    this.#sampling = sampling;
  }

  setProtocolTimeouts(timeouts: ValueOf<typeof protocolTimeoutsType>): void {
    const { proto, inactive, active } = timeouts;
    if (this.#engine.setProtocolTimeouts === undefined) throw new NgError("EINVAL");
    this.#engine.setProtocolTimeouts(proto, inactive, active);
    this.#protocols.set(proto, timeouts);
  }

  #clearProtocolTimeouts(protocol: number): void {
    this.#engine.clearProtocolTimeouts?.(protocol);
    this.#protocols.delete(protocol);
  }

  setBalance(on: number): void {
    if (this.#engine.setBalance === undefined) throw new NgError("EINVAL");
    this.#engine.setBalance(on !== 0);
    this.#balance = on;
  }

  /** Seconds after which every flow under way is exported. */
  longestActive(): number {
    return Math.max(this.timeouts.active, ...[...this.#protocols.values()].map(({ active }) => active));
  }

  /** Those that differ from a new node's. */
  list(): NodeSetting[] {
    const { timeouts, template, mtu } = this;
    const settings: NodeSetting[] = [];
    if (timeouts.inactive !== TIMEOUTS.inactive || timeouts.active !== TIMEOUTS.active) {
      settings.push(settingOf("settimeouts", timeoutsType, timeouts, { reset: () => this.setTimeouts(TIMEOUTS) }));
    }
    for (const [protocol, own] of this.#protocols) {
      const reset = (): void => this.#clearProtocolTimeouts(protocol);
      settings.push(settingOf("setprototimeouts", protocolTimeoutsType, own, { reset }));
    }
    if (template.time !== TEMPLATE.time || template.packets !== TEMPLATE.packets) {
      settings.push(settingOf("settemplate", templateType, template, { reset: () => this.setTemplate(TEMPLATE) }));
    }
    if (mtu.mtu !== MTU.mtu) settings.push(settingOf("setmtu", mtuType, mtu, { reset: () => this.setMtu(MTU) }));
    if (this.#fields.trim() !== "") {
      settings.push(settingOf("setfields", string, this.#fields, { reset: () => this.setFields("") }));
    }
    const newKey = this.#engine.newKey ?? "";
    if (this.#key !== newKey) {
      settings.push(settingOf("setkey", string, this.#key, { reset: () => this.setKey(newKey) }));
    }
    if (this.#sampling.mode !== ALL_PACKETS.mode) {
      const reset = (): void => this.setSampling(ALL_PACKETS);
      settings.push(settingOf("setsampling", samplingType, this.#sampling, { reset }));
    }
    if (this.#balance !== 0) {
      settings.push(settingOf("setbalance", uint8, this.#balance, { reset: () => this.setBalance(0) }));
    }
    return settings;
  }
}
