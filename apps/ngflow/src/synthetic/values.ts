/** Words that each value of a record takes: one, but four for an IPv6 address and two for a MAC address. */
const WORDS = {
  zero: 1,
  source4: 1,
  destination4: 1,
  nextHop4: 1,
  natSource4: 1,
  natDestination4: 1,
  source6: 4,
  destination6: 4,
  nextHop6: 4,
  sourceMac: 2,
  destinationMac: 2,
  sourcePort: 1,
  destinationPort: 1,
  natSourcePort: 1,
  natDestinationPort: 1,
  protocol: 1,
  ipVersion: 1,
  tos: 1,
  tcpFlags: 1,
  icmp: 1,
  icmpType: 1,
  icmpCode: 1,
  packets: 1,
  bytes: 1,
  replyBytes: 1,
  startUpTimeMs: 1,
  endUpTimeMs: 1,
  startSeconds: 1,
  endSeconds: 1,
  startMs: 1,
  endMs: 1,
  input: 1,
  output: 1,
  sourceAs: 1,
  destinationAs: 1,
  sourceMask: 1,
  destinationMask: 1,
  vlan: 1,
  direction: 1,
  flowId: 1,
  endReason: 1,
  forwarding: 1,
  firewallEvent: 1,
  samplerId: 1,
  samplingInterval: 1,
  samplingSpace: 1,
  samplingMode: 1,
  one: 1,
  bootMs: 1,
  domain: 1,
  activeSeconds: 1,
  inactiveSeconds: 1,
} as const;

export type ValueName = keyof typeof WORDS;

/** Where each value of a record begins in the array of values. */
export const AT = positions();

function positions(): Readonly<Record<ValueName, number>> {
  let next = 0;
  const entries = Object.entries(WORDS).map(([name, words]) => {
    const at = next;
    next += words;
    return [name, at] as const;
  });
  return Object.fromEntries(entries) as Record<ValueName, number>;
}

/**
 * An array for the values of one record: unsigned integers, 32 bits a word in IPv6 addresses, 16 and 32 bits in MAC
 * addresses.
 */
export function newValues(): Float64Array {
  return new Float64Array(Object.values(WORDS).reduce((sum: number, words) => sum + words, 0));
}

/**
 * The value that an information element has, by its number (RFC 7012; the same in NetFlow v9). What is not here is sent
 * as zeros.
 */
export const ELEMENT_VALUES: Readonly<Record<number, ValueName>> = {
  1: "bytes",
  2: "packets",
  4: "protocol",
  5: "tos",
  6: "tcpFlags",
  7: "sourcePort",
  8: "source4",
  9: "sourceMask",
  10: "input",
  11: "destinationPort",
  12: "destination4",
  13: "destinationMask",
  14: "output",
  15: "nextHop4",
  16: "sourceAs",
  17: "destinationAs",
  18: "nextHop4",
  21: "endUpTimeMs",
  22: "startUpTimeMs",
  23: "bytes",
  24: "packets",
  27: "source6",
  28: "destination6",
  29: "sourceMask",
  30: "destinationMask",
  32: "icmp",
  34: "samplingInterval",
  35: "samplingMode",
  36: "activeSeconds",
  37: "inactiveSeconds",
  48: "samplerId",
  49: "samplingMode",
  50: "samplingInterval",
  56: "sourceMac",
  57: "destinationMac",
  58: "vlan",
  59: "vlan",
  60: "ipVersion",
  61: "direction",
  62: "nextHop6",
  63: "nextHop6",
  80: "destinationMac",
  81: "sourceMac",
  89: "forwarding",
  136: "endReason",
  139: "icmp",
  148: "flowId",
  149: "domain",
  150: "startSeconds",
  151: "endSeconds",
  152: "startMs",
  153: "endMs",
  160: "bootMs",
  176: "icmpType",
  177: "icmpCode",
  178: "icmpType",
  179: "icmpCode",
  225: "natSource4",
  226: "natDestination4",
  227: "natSourcePort",
  228: "natDestinationPort",
  231: "bytes",
  232: "replyBytes",
  233: "firewallEvent",
  252: "input",
  253: "output",
  281: "source6",
  282: "destination6",
  302: "samplerId",
  304: "one",
  305: "one",
  306: "samplingSpace",
  323: "endMs",
};
