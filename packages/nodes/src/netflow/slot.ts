import type { Hook } from "@ngflow/graph";
import type { Observation } from "./flow-engine.ts";

/** Slots of a node; N of `iface<N>` is below it. */
export const MAX_SLOTS = 65535;

export const CONF_INGRESS = 0x01;
export const CONF_EGRESS = 0x02;
export const CONF_ONCE = 0x04;
export const CONF_THISONCE = 0x08;

const DLT_ETHERNET = 1;

/** One pair `iface<N>` and `out<N>`. Settings and counter survive disconnection. */
export class Slot {
  readonly number: number;
  iface: Hook | null = null;
  out: Hook | null = null;
  packets = 0;
  dataLinkType = DLT_ETHERNET;
  ifIndex = 0;
  conf = CONF_INGRESS;
  /** Facts for the engine, of packets from `iface<N>` and from `out<N>`; renewed when a setting changes. */
  ingress: Observation;
  egress: Observation;

  constructor(number: number) {
    this.number = number;
    this.ingress = this.observation(0);
    this.egress = this.observation(1);
  }

  /** Call after every change of a hook or a setting. */
  changed(): void {
    this.ingress = this.observation(0);
    this.egress = this.observation(1);
  }

  private observation(direction: 0 | 1): Observation {
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

/** What a hook of the node is for; kept in `hook.data`. */
export type HookRole = { readonly kind: "iface" | "out"; readonly slot: Slot } | { readonly kind: "export" };

/**
 * N of `iface<N>` or `out<N>`, read as the original reads it: decimal without a leading zero, cut to 32 bits.
 * @returns undefined for any other name, and for N out of range.
 */
export function slotNumber(hookName: string, prefix: "iface" | "out"): number | undefined {
  const digits = hookName.slice(prefix.length);
  if (!hookName.startsWith(prefix) || !/^(0|[1-9][0-9]*)$/.test(digits)) return undefined;
  const value = BigInt(digits);
  // strtoul saturates at 2^64 - 1; the result is kept in an int.
  const number = Number(BigInt.asIntN(32, value > 0xffff_ffff_ffff_ffffn ? 0xffff_ffff_ffff_ffffn : value));
  return number >= 0 && number < MAX_SLOTS ? number : undefined;
}
