import { catalogue } from "./catalogue.ts";

/** The sheet of the keyboard. */
export const keys = catalogue({
  en: {
    title: "Keyboard",
    close: "Close",
    filter: "Focus the filter",
    earlier: "Earlier",
    later: "Later",
    longer: "Twice as long",
    pause: "Pause or resume live updates",
    sheet: "This sheet",
    chart: "On a chart over time: half a range back or forward; half as long, twice as long",
    wheel: "On a chart over time: zoom with the wheel",
    drag: "On a chart over time: drag to zoom",
    dims: "On a dimension: change the order; Delete removes it",
  },
  ja: {
    title: "キーボード",
    close: "閉じる",
    filter: "フィルターへ移動",
    earlier: "前の期間",
    later: "後の期間",
    longer: "期間を 2 倍に広げる",
    pause: "自動更新の停止と再開",
    sheet: "この一覧",
    chart: "時間のグラフ上: 半期間ずつ前後へ移動、半分に縮める、2 倍に広げる",
    wheel: "時間のグラフ上: ホイールで拡大と縮小",
    drag: "時間のグラフ上: ドラッグで拡大",
    dims: "項目の上: 順序を変える。Delete で外す",
  },
});
