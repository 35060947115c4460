const PPP = "a part of PPP links, which end in the host: run pppd, or the kernel's driver, and meter its interface";
const SERIAL = "for serial lines with cards that Linux no longer drives";
const BLUETOOTH = "the host has its own Bluetooth (BlueZ)";
const ATM = "for ATM cards";
const LINUX_FILTERS = "the host's own filter does it";

/**
 * Node types that FreeBSD documents and ngflow lacks, each with the reason, or what to use instead. A script may use
 * one: it is then valid, but not modelled.
 */
export const FREEBSD_TYPES: ReadonlyMap<string, string> = new Map([
  ["async", PPP],
  ["atm", ATM],
  ["atmllc", ATM],
  ["bt3c", BLUETOOTH],
  ["btsocket", BLUETOOTH],
  ["ccatm", ATM],
  ["checksum", "the host computes checksums"],
  ["cisco", SERIAL],
  ["deflate", PPP],
  ["device", "the host has no devices of this kind: use a ksocket (local/stream/0) or nghook"],
  ["ether_echo", "it is not written: echo sends frames back without exchanging their addresses"],
  ["frame_relay", SERIAL],
  ["gif", "the host's tunnels (ip tunnel) do not pass frames to a graph: use iface with a ksocket"],
  ["gif_demux", "the host's tunnels (ip tunnel) do not pass frames to a graph: use iface with a ksocket"],
  ["h4", BLUETOOTH],
  ["hci", BLUETOOTH],
  ["ip_input", "the host takes packets by iface only"],
  ["ipfw", `it needs ipfw, which Linux lacks; ${LINUX_FILTERS}: nftables`],
  ["l2cap", BLUETOOTH],
  ["l2tp", PPP],
  ["lmi", SERIAL],
  ["macfilter", `it is not written; ${LINUX_FILTERS}: nftables, table bridge`],
  ["mppc", PPP],
  ["nat", `it needs FreeBSD's libalias; ${LINUX_FILTERS}: nftables, masquerade`],
  ["ppp", PPP],
  ["pppoe", PPP],
  ["pptpgre", PPP],
  ["pred1", PPP],
  ["rfc1490", SERIAL],
  ["sppp", PPP],
  ["sscfu", ATM],
  ["sscop", ATM],
  ["tcpmss", `it is not written; ${LINUX_FILTERS}: nftables, tcp option maxseg size set`],
  ["tty", "the host has no line discipline of this kind"],
  ["ubt", BLUETOOTH],
  ["UI", SERIAL],
  ["uni", ATM],
  ["vjc", PPP],
  ["vlan_rotate", "it is not written: tc can rewrite VLAN tags (action vlan)"],
]);

/** What to say of a type that does not exist: a sentence if FreeBSD has it, else undefined. */
export function lackedType(name: string): string | undefined {
  const reason = FREEBSD_TYPES.get(name);
  return reason === undefined ? undefined : `FreeBSD has the node type ${name}, ngflow does not: ${reason}`;
}
