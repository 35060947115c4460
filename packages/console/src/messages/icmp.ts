import { icmpTypeName } from "@ngflow/flows";
import { say } from "./catalogue.ts";

/** What an ICMP message is, in Japanese, by protocol and type; of others, the English name is shown. */
const JA: Readonly<Record<string, string>> = {
  "icmp 0": "エコー応答",
  "icmp 3": "到達不能",
  "icmp 5": "リダイレクト",
  "icmp 8": "エコー要求",
  "icmp 11": "時間超過",
  "ipv6-icmp 1": "到達不能",
  "ipv6-icmp 2": "パケット過大",
  "ipv6-icmp 3": "時間超過",
  "ipv6-icmp 128": "エコー要求",
  "ipv6-icmp 129": "エコー応答",
  "ipv6-icmp 133": "ルーター要請",
  "ipv6-icmp 134": "ルーター広告",
  "ipv6-icmp 135": "近隣要請",
  "ipv6-icmp 136": "近隣広告",
};

/** `echo request`, or the numbers of a type that has no name here. */
export function icmpTypeText(protocol: string, type: number, code: number): string {
  const known = icmpTypeName(protocol, type);
  if (known !== undefined) return say({ en: known, ja: JA[`${protocol} ${type}`] ?? known });
  return say({
    en: `type ${type}${code === 0 ? "" : ` code ${code}`}`,
    ja: `タイプ ${type}${code === 0 ? "" : ` コード ${code}`}`,
  });
}
