import type { SelfTestResult, SelfTestStep } from "@ngflow/server/client";
import { catalogue } from "../../messages/catalogue.ts";

/** The self-test on the page of the pipeline. */
export const selfTest = catalogue({
  en: {
    title: "Self-test",
    about:
      "Sends one flow of one packet, from 192.0.2.1 to 198.51.100.1, to the collector and looks for it at each step. It stays in the store.",
    send: "Send a flow",
    busy: "The flow is on its way.",
    passed: (time: string) => `It arrived: a query finds it after ${time}.`,
    stopped: "It did not arrive.",
    show: "Show the record",
    failed: (reason: string) => `No flow was sent: ${reason}`,
    state: (state: SelfTestResult["state"]) => `${state}:`,
    step: (step: SelfTestStep) =>
      ({
        collector: "a collector runs",
        sent: "sent",
        received: "received",
        decoded: "decoded",
        stored: "stored and found by a query",
      })[step],
    mend: (step: SelfTestStep) =>
      ({
        collector: "Start a collector for this data directory, with ngflow up or ngflow collect.",
        sent: "The system refused to send. Look at its firewall and its addresses.",
        received:
          "The collector did not read it. See whether the collector answers below, and whether --allow-exporters names this machine.",
        decoded: "The collector read it and made no row of it. See its counters below, and the page of exporters.",
        stored:
          "The row did not get into the store. See the counters of spool and store below, and the free disk space.",
      })[step],
  },
  ja: {
    title: "自己診断",
    about:
      "192.0.2.1から198.51.100.1への1パケットのフローを1件コレクターへ送り、各段で確認します。このフローは保存されたまま残ります。",
    send: "フローを送る",
    busy: "送ったフローを追っています。",
    passed: (time: string) => `届きました。${time} で検索できるようになりました。`,
    stopped: "届きませんでした。",
    show: "レコードを表示",
    failed: (reason: string) => `フローを送れませんでした: ${reason}`,
    state: (state: SelfTestResult["state"]) => ({ passed: "成功:", failed: "失敗:", "not reached": "未到達:" })[state],
    step: (step: SelfTestStep) =>
      ({
        collector: "コレクターの動作",
        sent: "送信",
        received: "受信",
        decoded: "デコード",
        stored: "保存と検索",
      })[step],
    mend: (step: SelfTestStep) =>
      ({
        collector: "ngflow upまたはngflow collectで、このデータディレクトリのコレクターを起動してください。",
        sent: "システムが送信を拒否しました。ファイアウォールとアドレスを確かめてください。",
        received:
          "コレクターが読み取っていません。下の表でコレクターが応答しているか、--allow-exportersにこのマシンが含まれるかを確かめてください。",
        decoded:
          "コレクターは読み取りましたが、行になりませんでした。下のカウンターとエクスポーターのページを見てください。",
        stored: "行がストアに入りませんでした。下のスプールとストアのカウンター、ディスクの空きを確かめてください。",
      })[step],
  },
});
