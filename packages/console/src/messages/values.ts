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
    protocol: (number: string) => `protocol ${number}`,
    interface: (number: string) => `interface ${number}`,
  },
  ja: {
    bps: "ビット/秒",
    pps: "パケット/秒",
    flowsMetric: "フロー数",
    bytes: "バイト数",
    packets: "パケット数",
    flows: (text: string) => `${text}\u202fフロー`,
    others: "その他",
    protocol: (number: string) => `プロトコル ${number}`,
    interface: (number: string) => `インターフェース ${number}`,
  },
});
