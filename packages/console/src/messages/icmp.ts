import { type Text, say } from "./catalogue.ts";

/** What an ICMP message is, by protocol and type (IANA's registries of ICMP and ICMPv6 types). */
const TYPES: Readonly<Record<string, Text>> = {
  "icmp 0": { en: "echo reply", ja: "エコー応答" },
  "icmp 3": { en: "unreachable", ja: "到達不能" },
  "icmp 5": { en: "redirect", ja: "リダイレクト" },
  "icmp 8": { en: "echo request", ja: "エコー要求" },
  "icmp 11": { en: "time exceeded", ja: "時間超過" },
  "ipv6-icmp 1": { en: "unreachable", ja: "到達不能" },
  "ipv6-icmp 2": { en: "packet too big", ja: "パケット過大" },
  "ipv6-icmp 3": { en: "time exceeded", ja: "時間超過" },
  "ipv6-icmp 128": { en: "echo request", ja: "エコー要求" },
  "ipv6-icmp 129": { en: "echo reply", ja: "エコー応答" },
  "ipv6-icmp 133": { en: "router solicitation", ja: "ルーター要請" },
  "ipv6-icmp 134": { en: "router advertisement", ja: "ルーター広告" },
  "ipv6-icmp 135": { en: "neighbor solicitation", ja: "近隣要請" },
  "ipv6-icmp 136": { en: "neighbor advertisement", ja: "近隣広告" },
};

/** `echo request`, or the numbers of a type that has no name here. */
export function icmpTypeText(protocol: string, type: number, code: number): string {
  const known = TYPES[`${protocol} ${type}`];
  if (known) return say(known);
  return say({
    en: `type ${type}${code === 0 ? "" : ` code ${code}`}`,
    ja: `タイプ ${type}${code === 0 ? "" : ` コード ${code}`}`,
  });
}
