import { catalogue, counted } from "./catalogue.ts";

/** Units, metrics and values. */
export const values = catalogue({
  en: {
    bps: "Bits/s",
    pps: "Packets/s",
    flowsMetric: "Flows",
    bytes: "Bytes",
    packets: "Packets",
    flows: (text: string, count: number) => counted(count, "flow", "flows", text).replace(" ", "\u202f"),
    others: "others",
    noName: "no name",
    unknown: "unknown",
    protocol: (number: string) => `protocol ${number}`,
    interface: (number: string) => `interface ${number}`,
    since: (time: string) => `from ${time}`,
    exactBytes: (count: string) => `${count} bytes`,
    icmp: "ICMP, without ports",
  },
  ja: {
    bps: "ビット/秒",
    pps: "パケット/秒",
    flowsMetric: "フロー数",
    bytes: "バイト数",
    packets: "パケット数",
    flows: (text: string) => `${text}\u202fフロー`,
    others: "その他",
    noName: "名前なし",
    unknown: "不明",
    protocol: (number: string) => `プロトコル ${number}`,
    interface: (number: string) => `インターフェース ${number}`,
    since: (time: string) => `${time} から`,
    exactBytes: (count: string) => `${count} バイト`,
    icmp: "ICMP (ポートなし)",
  },
});
