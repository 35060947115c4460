import { catalogue } from "../../messages/catalogue.ts";

/** Texts of the forms for control messages. */
export const netgraphMessages = catalogue({
  en: {
    title: "Control message",
    asking: "Ask the node",
    changing: "Change the node",
    value: "value",
    range: (least: string, most: string) => `a whole number, ${least} to ${most}`,
    fillIn: "Fill in a value. What stays empty has its default.",
    ask: "Ask",
    copy: "Copy the command",
    copied: "copied",
    notCopied: "The browser did not allow it.",
    changes: "It changes the graph: run it in a terminal on that machine.",
    refused: (reason: string) => `The node refused: ${reason}`,
    nothing: "(no arguments)",
  },
  ja: {
    title: "制御メッセージ",
    asking: "ノードに問い合わせる",
    changing: "ノードを変更する",
    value: "値",
    range: (least: string, most: string) => `整数、${least} から ${most} まで`,
    fillIn: "値を入力してください。空欄は既定値になります。",
    ask: "問い合わせる",
    copy: "コマンドをコピー",
    copied: "コピーしました",
    notCopied: "ブラウザーが許可しませんでした。",
    changes: "グラフを変更します。そのマシンの端末で実行してください。",
    refused: (reason: string) => `ノードが拒否しました: ${reason}`,
    nothing: "(引数なし)",
  },
});
