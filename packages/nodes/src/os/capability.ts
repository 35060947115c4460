import { readFileSync } from "node:fs";

/** Bit numbers of capabilities(7) that capture and sockets need. */
const BITS = { net_bind_service: 10, net_admin: 12, net_raw: 13, bpf: 39 } as const;

export type CapabilityName = keyof typeof BITS;

/** Whether the line `CapEff:` of a /proc/PID/status text has the capability. */
export function statusHasCapability(status: string, name: CapabilityName): boolean {
  const match = /^CapEff:\s*([0-9a-fA-F]+)$/m.exec(status);
  if (match === null) return false;
  return ((BigInt(`0x${match[1]!}`) >> BigInt(BITS[name])) & 1n) === 1n;
}

/** Whether this process holds the capability now; false where there is no /proc. */
export function hasCapability(name: CapabilityName): boolean {
  try {
    return statusHasCapability(readFileSync("/proc/self/status", "latin1"), name);
  } catch {
    return false;
  }
}
