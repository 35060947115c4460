/** IANA protocol numbers that have a name here (https://www.iana.org/assignments/protocol-numbers), lower case. */
export const PROTOCOLS: Readonly<Record<number, string>> = {
  0: "hopopt",
  1: "icmp",
  2: "igmp",
  4: "ipv4",
  6: "tcp",
  8: "egp",
  9: "igp",
  12: "pup",
  17: "udp",
  27: "rdp",
  33: "dccp",
  36: "xtp",
  41: "ipv6",
  43: "ipv6-route",
  44: "ipv6-frag",
  46: "rsvp",
  47: "gre",
  50: "esp",
  51: "ah",
  55: "mobile",
  57: "skip",
  58: "ipv6-icmp",
  59: "ipv6-nonxt",
  60: "ipv6-opts",
  88: "eigrp",
  89: "ospf",
  94: "ipip",
  97: "etherip",
  98: "encap",
  103: "pim",
  108: "ipcomp",
  112: "vrrp",
  115: "l2tp",
  121: "smp",
  124: "isis",
  132: "sctp",
  133: "fc",
  135: "mobility-header",
  136: "udplite",
  137: "mpls-in-ip",
  138: "manet",
  139: "hip",
  140: "shim6",
  141: "wesp",
  142: "rohc",
  143: "ethernet",
};

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(PROTOCOLS).map(([number, name]) => [name, Number(number)] as const),
  ["icmp6", 58],
  ["icmpv6", 58],
  ["ospfigp", 89],
]);

/** Name of a protocol number, or its digits. */
export function protocolName(proto: number): string {
  return PROTOCOLS[proto] ?? String(proto);
}

/** Number of a protocol name in any case, `icmp6` and `icmpv6` included; undefined when there is none. */
export function protocolNumber(name: string): number | undefined {
  return NUMBERS.get(name.toLowerCase());
}
