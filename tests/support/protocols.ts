const NUMBERS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, "ipv6-icmp": 58, icmp6: 58, icmpv6: 58 };

/** The protocol number behind a number or any of the names that the tools print for one. */
export function protocolNumber(value: unknown): number {
  if (typeof value === "number") return value;
  const text = String(value).trim().toLowerCase();
  const number = NUMBERS[text] ?? Number(text);
  if (!Number.isInteger(number)) throw new Error(`no protocol ${text}`);
  return number;
}
