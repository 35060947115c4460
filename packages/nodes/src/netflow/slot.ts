import { LINK_ETHERNET } from "@ngflow/base";
import type { Hook } from "@ngflow/graph";
import type { Observation } from "./flow-engine.ts";

/** Slots of a node; N of `iface<N>` is below it. */
export const MAX_SLOTS = 65535;

export const CONF_INGRESS = 0x01;
export const CONF_EGRESS = 0x02;
export const CONF_ONCE = 0x04;
export const CONF_THISONCE = 0x08;

/** One pair `iface<N>` and `out<N>`. Settings and counter survive disconnection. */
export class Slot {
  readonly number: number;
  iface: Hook | null = null;
  out: Hook | null = null;
  packets = 0;
  /** What its packets begin with. It follows the packets until `setdlt` decides it. */
  dataLinkType = LINK_ETHERNET;
  linkTypeSet = false;
  ifIndex = 0;
  conf = CONF_INGRESS;
  /** Facts for the engine, of packets from `iface<N>` and from `out<N>`; renewed when a setting changes. */
  ingress: Observation;
  egress: Observation;

  constructor(number: number) {
    this.number = number;
    this.ingress = this.#observation(0);
    this.egress = this.#observation(1);
  }

  /** Call after every change of a hook or a setting. */
  changed(): void {
    this.ingress = this.#observation(0);
    this.egress = this.#observation(1);
  }

  /** Takes over what packets begin with, unless `setdlt` has decided it. */
  seeLinkType(linkType: number): void {
    if (this.linkTypeSet) return;
    this.dataLinkType = linkType;
    this.changed();
  }

  forgetLinkType(): void {
    this.dataLinkType = LINK_ETHERNET;
    this.linkTypeSet = false;
  }

  #observation(direction: 0 | 1): Observation {
    return {
      slot: this.number,
      direction,
      dataLinkType: this.dataLinkType,
      ifIndex: this.ifIndex,
      conf: this.conf,
      hasOpposite: (direction === 0 ? this.out : this.iface) !== null,
    };
  }
}
