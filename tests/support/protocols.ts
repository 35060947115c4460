/** Names of protocols as nfdump, nfacctd and the console print them, in lower case. */
const NUMBERS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipip: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  rte6: 43,
  frag6: 44,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  "ipv6-icmp": 58,
  icmp6: 58,
  icmpv6: 58,
  nnhd: 59,
  dopt6: 60,
  ospf: 89,
  eigrp: 88,
  pim: 103,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  udplt: 136,
};

/** The protocol number behind a number or any of the names that the tools print for one. */
export function protocolNumber(value: unknown): number {
  if (typeof value === "number") return value;
  const text = String(value).trim().toLowerCase();
  const number = NUMBERS[text] ?? Number(text);
  if (!Number.isInteger(number)) throw new Error(`no protocol ${text}`);
  return number;
}
