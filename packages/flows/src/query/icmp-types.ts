/**
 * Names of ICMP types, lower case, by protocol and type: IANA's registries "ICMP Type Numbers" and "ICMPv6 type
 * Numbers", without those that are deprecated or experimental.
 */
const TYPES: Readonly<Record<"icmp" | "ipv6-icmp", Readonly<Record<number, string>>>> = {
  icmp: {
    0: "echo reply",
    3: "unreachable",
    5: "redirect",
    8: "echo request",
    9: "router advertisement",
    10: "router solicitation",
    11: "time exceeded",
    12: "parameter problem",
    13: "timestamp",
    14: "timestamp reply",
    40: "photuris",
    42: "extended echo request",
    43: "extended echo reply",
  },
  "ipv6-icmp": {
    1: "unreachable",
    2: "packet too big",
    3: "time exceeded",
    4: "parameter problem",
    128: "echo request",
    129: "echo reply",
    130: "multicast listener query",
    131: "multicast listener report",
    132: "multicast listener done",
    133: "router solicitation",
    134: "router advertisement",
    135: "neighbor solicitation",
    136: "neighbor advertisement",
    137: "redirect",
    143: "multicast listener report v2",
    160: "extended echo request",
    161: "extended echo reply",
  },
};

/** The name of an ICMP type of a protocol as `Proto` is shown (`icmp`, `ipv6-icmp`); undefined without one. */
export function icmpTypeName(protocol: string, type: number): string | undefined {
  return Object.hasOwn(TYPES, protocol) ? TYPES[protocol as keyof typeof TYPES][type] : undefined;
}
