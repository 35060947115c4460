/** Values of columns whose values are words, in Japanese; what is not here is shown as filters write it. */
export const VALUES_JA: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Direction: { ingress: "入力側", egress: "出力側" },
  TimeSource: {
    unrecorded: "記録なし",
    record: "レコードの時刻",
    duration: "継続時間から計算",
    export: "エクスポートの時刻",
    arrival: "到着の時刻",
  },
  SamplingSource: {
    none: "なし",
    header: "ヘッダー",
    data: "データ レコード",
    options: "オプション",
    manual: "手動の設定",
  },
};
