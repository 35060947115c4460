import { catalogue } from "./catalogue.ts";

/** A question that takes long. */
export const slow = catalogue({
  en: {
    reading: (rows: string, total: string | null, elapsed: string) =>
      `${total === null ? `${rows} rows read` : `${rows} of about ${total} rows read`} in ${elapsed}`,
    waiting: (elapsed: string) => `Waiting for its turn for ${elapsed}`,
    cancel: "Cancel",
    cancelled: "Cancelled. What is shown was answered before.",
    nothing: "Cancelled: there is no answer.",
    again: "Ask again",
    noAnswer: "No answer came.",
    costs: (rows: string, time: string) => `No sums answer this: about ${rows} flows would be read, in about ${time}.`,
    ask: "Ask it all the same",
    only: (name: string) => `${name} only`,
    finer: (step: string, rows: string, time: string) =>
      `Hours have sums. Bins of ${step} would read about ${rows} flows, in about ${time}.`,
    askFiner: (step: string) => `Bins of ${step}`,
  },
  ja: {
    reading: (rows: string, total: string | null, elapsed: string) =>
      `${elapsed}で${total === null ? `${rows}行` : `約${total}行のうち${rows}行`}を読みました`,
    waiting: (elapsed: string) => `順番を待っています（${elapsed}）`,
    cancel: "取り消す",
    cancelled: "取り消しました。表示しているのは前の応答です。",
    nothing: "取り消したため、応答はありません。",
    again: "もう一度問い合わせる",
    noAnswer: "応答がありませんでした。",
    costs: (rows: string, time: string) =>
      `集計済みの値では答えられません。約${rows}フローを読み、約${time}かかります。`,
    ask: "それでも問い合わせる",
    only: (name: string) => `${name}だけ`,
    finer: (step: string, rows: string, time: string) =>
      `1時間ごとの値は集計済みです。${step}ごとにすると約${rows}フローを読み、約${time}かかります。`,
    askFiner: (step: string) => `${step}ごとにする`,
  },
});
