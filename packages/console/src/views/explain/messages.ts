import { reader } from "../../format/reader.ts";
import { counted, catalogue } from "../../messages/catalogue.ts";
import { leftJa, sentenceJa } from "./sentences-ja.ts";

/** A sentence of the dry run in the language of the reader. */
export const said = (text: string): string => (reader().language === "ja" ? sentenceJa(text) : text);

/** What is left behind, in the language of the reader. */
export const saidLeft = (text: string): string => (reader().language === "ja" ? leftJa(text) : text);

/** Texts of the dry run. What is said of a step is that of `ngflow explain`: `said`. */
export const explain = catalogue({
  en: {
    title: "Dry run of a script",
    intro:
      "Paste lines of ngctl, a shell or rc.d script, or what a terminal showed. It is tried on a model: nothing of this machine is read or changed.",
    script: "Script",
    args: "Arguments ($1 …)",
    set: "Values (NAME=VALUE …)",
    run: "Try it",
    running: "Trying …",
    example: "Put in an example",
    link: "Copy a link to it",
    copied: "Copied",
    notCopied: "The browser does not allow copying",
    linkTooLong: "The script is too long for a link.",
    badLink: "The link does not hold a script.",
    badValue: (word: string) => `"${word}" is not NAME=VALUE`,
    failed: (reason: string) => `It could not be tried: ${reason}`,
    ok: "Every step would succeed.",
    refused: "A step would be refused.",
    unclear: "Part of it is not understood, or only the machine knows.",
    findings: "Findings",
    cuts: "What is cut when",
    noCuts: "No traffic is cut at any step.",
    direction: (name: string, direction: "in" | "out") => `${name} ${direction === "in" ? "inbound" : "outbound"}`,
    cut: (what: string, from: number, to: number | null) =>
      to === null ? `${what}: cut from step ${from} on` : `${what}: cut from step ${from} to step ${to}`,
    steps: (count: number) => counted(count, "step", "steps"),
    player: "Steps of the script",
    playerHelp: "Arrow keys step, Home and End go to the ends, Space plays.",
    first: "Before the script",
    back: "Step back",
    play: "Play",
    pause: "Pause",
    forward: "Step forward",
    last: "Last step",
    position: "Step",
    picture: "Picture of the step",
    tooLarge: "The graph is too large for a picture.",
    line: "Line",
    did: "Did",
    means: "Traffic",
    printed: "Printed",
    left: "Left behind if it fails",
    undo: "Undo of what was before",
    notes: "Not tried or not understood",
    noteLine: (line: number) => `line ${line}`,
    outcomes: (outcome: string) =>
      ({ refused: "refused", expected: "refused as expected", unclear: "not known", "not reached": "not reached" })[
        outcome
      ] ?? "",
  },
  ja: {
    title: "スクリプトのドライラン",
    intro:
      "ngctl の行、シェルや rc.d のスクリプト、端末の表示を貼り付けてください。モデル上で試します。このマシンのものは読まず、変更もしません。",
    script: "スクリプト",
    args: "引数 ($1 …)",
    set: "値 (NAME=VALUE …)",
    run: "試す",
    running: "試しています…",
    example: "例を入れる",
    link: "リンクをコピー",
    copied: "コピーしました",
    notCopied: "ブラウザーがコピーを許可していません",
    linkTooLong: "スクリプトが長すぎてリンクにできません。",
    badLink: "リンクにスクリプトが入っていません。",
    badValue: (word: string) => `「${word}」は NAME=VALUE の形ではありません`,
    failed: (reason: string) => `試せませんでした: ${reason}`,
    ok: "すべての手順が成功します。",
    refused: "拒否される手順があります。",
    unclear: "解釈できない部分か、マシンでしか分からない値があります。",
    findings: "結果",
    cuts: "通信が切れる区間",
    noCuts: "どの手順でも通信は切れません。",
    direction: (name: string, direction: "in" | "out") => `${name} ${direction === "in" ? "受信" : "送信"}`,
    cut: (what: string, from: number, to: number | null) =>
      to === null ? `${what}: 手順 ${from} から切れたまま` : `${what}: 手順 ${from} から手順 ${to} まで切断`,
    steps: (count: number) => `手順 ${count} 個`,
    player: "スクリプトの手順",
    playerHelp: "矢印キーで前後、Home と End で両端、スペースで再生します。",
    first: "スクリプトの前",
    back: "前の手順",
    play: "再生",
    pause: "一時停止",
    forward: "次の手順",
    last: "最後の手順",
    position: "手順",
    picture: "手順の図",
    tooLarge: "グラフが大きすぎて図にできません。",
    line: "行",
    did: "結果",
    means: "通信",
    printed: "出力",
    left: "失敗した場合に残るもの",
    undo: "それまでを取り消すコマンド",
    notes: "試していない、または解釈できない部分",
    noteLine: (line: number) => `${line} 行目`,
    outcomes: (outcome: string) =>
      ({ refused: "拒否", expected: "想定どおり拒否", unclear: "不明", "not reached": "実行されない" })[outcome] ?? "",
  },
});
