import type { AuditHop, AuditPart } from "@ngflow/server/client";
import { reader } from "../format/reader.ts";
import { catalogue } from "./catalogue.ts";

/** The comparison of the hops. */
export const audit = catalogue({
  en: {
    title: "Compare every hop",
    about:
      "What one hop counted has to be what the next one got: from the interface's own counter to the rows that a query counts.",
    range: "of the last",
    minutes: "10 minutes",
    hour: "hour",
    day: "day",
    compare: "Compare",
    comparing: "Comparing; it takes a second",
    balanced: "Balanced: nothing is missing",
    unbalanced: "Not balanced",
    since: (time: string) => `The figures are those since ${time}, when the server started.`,
    restarted: (parts: string) => `Started since then: ${parts}. Their figures are those since their start.`,
    hop: "Hop",
    came: "Came in",
    went: "Went on",
    difference: "Difference",
    notCompared: "not compared",
    lost: "lost",
    open: "not explained",
    failed: (reason: string) => `The hops could not be compared: ${reason}`,
  },
  ja: {
    title: "全ホップの照合",
    about:
      "あるホップが数えた量は、次のホップが受けた量と等しいはずです。インターフェース自身の計数から、クエリが数える行までを比べます。",
    range: "対象: 直近",
    minutes: "10 分",
    hour: "1 時間",
    day: "1 日",
    compare: "照合する",
    comparing: "照合中 (約 1 秒)",
    balanced: "一致: 欠けているものはありません",
    unbalanced: "不一致",
    since: (time: string) => `サーバーが起動した ${time} 以降の値です。`,
    restarted: (parts: string) => `その後に起動した部分: ${parts}。起動以降の値です。`,
    hop: "ホップ",
    came: "入力",
    went: "出力",
    difference: "差",
    notCompared: "比較なし",
    lost: "欠落",
    open: "原因不明",
    failed: (reason: string) => `照合できませんでした: ${reason}`,
  },
});

/** Names of the hops. */
const HOPS_JA: Readonly<Record<string, string>> = {
  captured: "キャプチャー",
  read: "リング",
  accounted: "計測",
  flows: "フロー",
  sent: "送信",
  received: "受信",
  decoded: "デコード",
  taken: "スプール",
  written: "書き込み",
  known: "台帳",
  stored: "保存",
  answered: "応答",
};

/** What hops count. */
const UNITS_JA: Readonly<Record<string, string>> = {
  frames: "フレーム",
  packets: "パケット",
  flows: "フロー",
  datagrams: "データグラム",
  records: "レコード",
  rows: "行",
};

/** What is counted, by the key of a part, and why a hop is not compared, by its name. */
const PARTS_JA: Readonly<Record<string, string>> = {
  framesCaptured: "キャプチャーに届いたフレーム",
  framesDelivered: "リングから読んだフレーム",
  framesDropped: "リングが満杯で破棄されたフレーム",
  packetsAccounted: "フローに計上したパケット",
  packetsSkipped: "IPでない、または途中で切れたパケット",
  packetsNotSampled: "サンプリングで選ばれなかったパケット",
  packetsBypassed: "confビットまたはタグにより計測しないパケット",
  packetsToOtherNodes: "フックがメーター以外のノードへ渡すパケット",
  recordsExported: "エクスポートしたレコード",
  flowsRefused: "キャッシュが満杯で開始できなかったフロー",
  recordsDiscarded: "その種別のフックが未接続で破棄したレコード",
  flowsNow: "キャッシュ内のフロー",
  datagramsSent: "送信したデータグラム",
  datagramsNotSent: "ソケットまたはシステムが拒否したデータグラム",
  datagramsOfThisMachine: "このマシンから受信したデータグラム",
  kernelDrops: "受信バッファーが満杯で破棄されたデータグラム",
  ringDropsShare: "送信元の割り当てを超えて破棄したデータグラム",
  recordsDecoded: "デコードしたレコード",
  recordsWithoutKey: "フローを表さないテンプレートのレコード",
  recordsLost: "到着前に失われたレコード(エクスポーターの通し番号による)",
  recordsLimited: "エクスポーターの割り当てまたは上限を超えたレコード",
  malformed: "不正なヘッダー、セット、テンプレート、レコード",
  setsWithoutTemplate: "テンプレートが届かず破棄したセット",
  setsWaitingNow: "テンプレートを待つセット",
  rowsTaken: "スプールのメモリー内の行",
  rowsRefused: "スプールが満杯で拒否した行",
  rowsAcknowledged: "障害に耐えるディスク上の行",
  rowsNotWritten: "コレクター終了時に書き込めなかった行",
  rowsInMemoryNow: "メモリー内の行",
  ledgerAcknowledged: "ストアの台帳にある行",
  ledgerStored: "保存した行",
  ledgerDropped: "期限またはサイズの上限により削除した行",
  ledgerDamaged: "破損したブロックの行、またはデータベースで失われた行",
  rowsWaitingNow: "ブロック ファイル内の行",
  rowsAnsweredNow: "全期間のクエリが数える行",
  onTheWay: "移動中",
  "captured.missing": "インターフェースが数え、キャプチャーに届かなかったフレーム",
  "captured.surplus": "キャプチャーに届き、インターフェースが数えなかったフレーム",
  "read.missing": "リング内にある、またはそこで失われたフレーム",
  "read.surplus": "キャプチャーされずに読まれたフレーム",
  "accounted.missing": "どのメーターも数えなかったパケット",
  "accounted.surplus": "キャプチャーより多く数えたパケット(ノードが複製)",
  "flows.missing": "レコードなしでキャッシュを出たフロー",
  "flows.surplus": "フローのないレコード",
  "sent.missing": "メーターを出てソケットに届かなかったデータグラム",
  "sent.surplus": "メーターがエクスポートしていない送信データグラム",
  "received.missing": "送信され、届かなかったデータグラム",
  "received.surplus": "このマシンの別のエクスポーターのデータグラム",
  "decoded.missing": "デコードされなかったレコード",
  "decoded.surplus": "届いていないのにデコードされたレコード",
  "taken.missing": "スプールが受け取らなかった行",
  "taken.surplus": "デコード元のない行",
  "written.missing": "メモリーを出てディスクにない行",
  "written.surplus": "書き込み元のないディスク上の行",
  "known.missing": "ディスクにあり、ストアが見つけていない行",
  "known.surplus": "インポートまたは別のコレクターの行",
  "stored.missing": "どこにもない行",
  "stored.surplus": "二重に保存された行",
  "answered.missing": "クエリで見つからない行",
  "answered.surplus": "クエリが余分に数える行",
};

/** Why a hop is not compared. */
const REASONS_JA: Readonly<Record<string, string>> = {
  captured: "インターフェースが仮想またはインライン、もしくはグラフが動いていません",
  read: "グラフに接続できない、または何もキャプチャーしていません",
  accounted: "グラフに接続できない、またはメーターがありません",
  flows: "グラフに接続できない、またはメーターがありません",
  sent: "メーターのエクスポート フックがソケットに接続されていません",
  received: "コレクターに接続できない、またはグラフは別のマシンへ送信しています",
  decoded: "コレクターに接続できません",
  taken: "コレクターに接続できません",
  written: "コレクターに接続できません",
  known: "コレクターに接続できません",
  stored: "ストアに接続できません",
  answered: "ストアが応答しませんでした",
};

const inJapanese = (): boolean => reader().language === "ja";

/** Name of a hop. */
export const hopName = ({ name }: AuditHop): string => (inJapanese() ? (HOPS_JA[name] ?? name) : name);

/** What a hop counts. */
export const unitText = ({ unit }: AuditHop): string => (inJapanese() ? (UNITS_JA[unit] ?? unit) : unit);

/** What a part counts. */
export const partText = ({ key, text }: AuditPart): string => (inJapanese() ? (PARTS_JA[key] ?? text) : text);

/** Why a hop was not compared. */
export const reasonText = ({ name, reason }: AuditHop): string =>
  inJapanese() ? (REASONS_JA[name] ?? reason ?? "") : (reason ?? "");

/** What is translated, for the test that compares it with what there is. */
export const TRANSLATED = { hops: HOPS_JA, units: UNITS_JA, parts: PARTS_JA, reasons: REASONS_JA };
