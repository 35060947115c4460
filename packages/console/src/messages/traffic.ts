import { catalogue } from "./catalogue.ts";

/** Charts of traffic over time, and rankings. */
export const traffic = catalogue({
  en: {
    trafficBy: "Traffic by",
    dimension: "Dimension of the chart",
    groups: "Groups",
    canvas: (dimension: string) =>
      `Stacked areas of ${dimension} over time. Arrow keys read it; the list next to it has the averages`,
    bins: (step: string, elapsed: string) => `${step} bins, answered in ${elapsed}`,
    missing: (days: string) => `damaged rows of ${days} are missing`,
    keep: (label: string) => `Keep only ${label}`,
    drop: (label: string) => `Leave out ${label}`,
    average: (since: string) => `average, recorded since ${since}`,
    nothingRecorded: "nothing recorded",
    notRecorded: "not recorded",
    notSettled: "not settled yet",
    others: "others",
    firstDimension: "First dimension",
    secondDimension: "Second dimension",
    none: "none",
    share: "Share",
    noTalkers: "No talkers in this range.",
    overTime: (text: string) => `over ${text} recorded`,
  },
  ja: {
    trafficBy: "通信量の内訳",
    dimension: "グラフの項目",
    groups: "グループ",
    canvas: (dimension: string) =>
      `${dimension}ごとの積み上げ面グラフ。矢印キーで値を読めます。平均は横の一覧にあります`,
    bins: (step: string, elapsed: string) => `${step}単位、${elapsed}で応答`,
    missing: (days: string) => `${days} の破損した行は含まれません`,
    keep: (label: string) => `${label} だけにする`,
    drop: (label: string) => `${label} を除く`,
    average: (since: string) => `${since} からの記録の平均`,
    nothingRecorded: "記録なし",
    notRecorded: "記録なし",
    notSettled: "未確定",
    others: "その他",
    firstDimension: "1 番目の項目",
    secondDimension: "2 番目の項目",
    none: "なし",
    share: "割合",
    noTalkers: "この期間に通信はありません。",
    overTime: (text: string) => `記録のある ${text}`,
  },
});
