import { NgError } from "@ngflow/graph";
import { COLLECTORS_MAX, EXPORT_HOOKS, type FlowEngine } from "./flow-engine.ts";
import { MAX_SLOTS, type Slot } from "./slot.ts";
import type { Slots } from "./slots.ts";

/** What a hook of the node is for; kept in `hook.data`. */
export type HookRole = { readonly kind: "iface" | "out"; readonly slot: Slot } | { readonly kind: "export" };

/** The role that a name gives a hook; its slot is made when needed. @throws NgError EINVAL for any other name. */
export function hookRole(name: string, slots: Slots, engine: FlowEngine): HookRole {
  const iface = slotNumber(name, "iface");
  if (iface !== undefined) return { kind: "iface", slot: slots.get(iface) };
  const out = slotNumber(name, "out");
  if (out !== undefined) return { kind: "out", slot: slots.get(out) };
  const [base, rank] = name.split("_");
  const known = EXPORT_HOOKS.find((each) => each === base);
  if (known === undefined || !engine.exportHooks.includes(known)) throw new NgError("EINVAL");
  if (name !== known) {
    const number = /^[1-9]\d?$/.test(rank ?? "") ? Number(rank) : COLLECTORS_MAX;
    if (engine.moreExports !== true || number >= COLLECTORS_MAX || name !== `${known}_${number}`) {
      throw new NgError("EINVAL");
    }
  }
  return { kind: "export" };
}

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
