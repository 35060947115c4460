import { catalogue } from "./catalogue.ts";

/** The figures of the first page. */
export const summary = catalogue({
  en: {
    now: "Now",
    nowIn: "Now in",
    nowOut: "Now out",
    nowOf: "of the last settled minute",
    packets: "Packets metered",
    flows: "Records received",
    live: "of the last five seconds",
    services: "Applications",
    hosts: "Senders",
    inputs: "Input interfaces",
    exporters: "Exporters",
    none: "nothing",
    explore: (what: string) => `Explore ${what}`,
    more: "Explore",
  },
  ja: {
    now: "現在",
    nowIn: "現在の入力",
    nowOut: "現在の出力",
    nowOf: "確定した直近 1 分間",
    packets: "計測パケット",
    flows: "受信レコード",
    live: "直近 5 秒間",
    services: "アプリケーション",
    hosts: "送信元",
    inputs: "入力インターフェース",
    exporters: "エクスポーター",
    none: "該当なし",
    explore: (what: string) => `${what}を分析`,
    more: "分析",
  },
});
