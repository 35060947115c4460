/**
 * ICMP has no ports. Exporters of NetFlow put its type and code (type × 256 + code) where the destination port is, and
 * the store keeps that, as nfdump does. A page that groups by ports shows ICMP as a group of its own instead.
 */
export const ICMP_PROTOCOLS: readonly string[] = ["icmp", "ipv6-icmp"];

/** What a group has in place of a port when all of it is ICMP. */
export const ICMP_PORT = "icmp";

export const ICMP_TERM = `Proto in (${ICMP_PROTOCOLS.join(", ")})`;
export const NO_ICMP_TERM = `Proto not in (${ICMP_PROTOCOLS.join(", ")})`;

/** Whether a row is of ICMP, as far as it says. */
export function isIcmp(row: Readonly<Record<string, unknown>>): boolean {
  return ICMP_PROTOCOLS.includes(String(row["Proto"]));
}
