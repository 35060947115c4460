import { readdirSync, readFileSync } from "node:fs";

/** Bit numbers of capabilities(7) that capture and sockets need, and of those that drop others or change the user. */
const BITS = {
  chown: 0,
  dac_override: 1,
  dac_read_search: 2,
  setgid: 6,
  setuid: 7,
  setpcap: 8,
  net_bind_service: 10,
  net_admin: 12,
  net_raw: 13,
  bpf: 39,
} as const;

export type CapabilityName = keyof typeof BITS;

/** A set as the kernel writes it: bit n is capability n. */
export type CapabilitySet = bigint;

export function capabilitySet(names: readonly CapabilityName[]): CapabilitySet {
  return names.reduce((set, name) => set | (1n << BigInt(BITS[name])), 0n);
}

/** A set of a /proc/PID/status text; empty when it is not there. */
export function statusSet(status: string, line: "CapInh" | "CapPrm" | "CapEff" | "CapBnd"): CapabilitySet {
  const match = new RegExp(`^${line}:\\s*([0-9a-fA-F]+)$`, "m").exec(status);
  return match === null ? 0n : BigInt(`0x${match[1]!}`);
}

/** Whether the line `CapEff:` of a /proc/PID/status text has the capability. */
export function statusHasCapability(status: string, name: CapabilityName): boolean {
  return (statusSet(status, "CapEff") & capabilitySet([name])) !== 0n;
}

/** Whether this process holds the capability now; false where there is no /proc. */
export function hasCapability(name: CapabilityName): boolean {
  try {
    return statusHasCapability(readFileSync("/proc/self/status", "latin1"), name);
  } catch {
    return false;
  }
}

/** What any thread of this process may use or pass on; nothing where there is no /proc. */
export function heldByAnyThread(): CapabilitySet {
  let held = 0n;
  try {
    for (const id of readdirSync("/proc/self/task")) {
      const status = readFileSync(`/proc/self/task/${id}/status`, "latin1");
      held |= statusSet(status, "CapPrm") | statusSet(status, "CapInh");
    }
  } catch {
    // A thread may have ended since it was listed. Elsewhere than on Linux there are no capabilities.
  }
  return held;
}
