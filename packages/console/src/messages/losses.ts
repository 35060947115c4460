import type { LossReason } from "@ngflow/server/client";
import { exact } from "../format/number.ts";
import type { Lost } from "../state/losses.ts";
import { catalogue } from "./catalogue.ts";

/** How many of what was lost; `why` is the rest of the sentence. Where nobody counted it says so. */
function lost(count: number | null, one: string, other: string, why: string): string {
  return count === null ? `${other} ${why} (not counted)` : `${exact(count)} ${count === 1 ? one : other} ${why}`;
}

function lostJa(count: number | null, what: string, unit: string): string {
  return count === null ? `${what} (数は不明)` : `${what} ${exact(count)} ${unit}`;
}

type Count = number | null;

/** What is missing, and why. */
const reasons = catalogue({
  en: {
    "ring-full": (n: Count) => lost(n, "packet", "packets", "dropped: the ring of the capture was full"),
    "receive-buffer-full": (n: Count) => lost(n, "datagram", "datagrams", "dropped: the receive buffer was full"),
    "source-over-share": (n: Count) => lost(n, "datagram", "datagrams", "dropped: the source had more than its share"),
    "sequence-gap": (n: Count) => lost(n, "flow", "flows", "lost before arrival: gaps in sequence numbers"),
    "exporter-over-limit": (n: Count) => lost(n, "flow", "flows", "dropped: the exporter was over its limit"),
    "template-absent": (n: Count) => lost(n, "set", "sets", "dropped: the template did not come"),
    "template-awaited": (n: Count) => lost(n, "set", "sets", "held until the template comes"),
    "spool-full": (n: Count) => lost(n, "flow", "flows", "refused: the spool was full"),
    "not-written": (n: Count) => lost(n, "flow", "flows", "not written when the collector ended"),
    "collector-down": (n: Count) => lost(n, "flow", "flows", "that nobody received: no collector was running"),
  },
  ja: {
    "ring-full": (n: Count) => lostJa(n, "キャプチャーのリングが満杯で破棄されたパケット", "個"),
    "receive-buffer-full": (n: Count) => lostJa(n, "受信バッファーが満杯で破棄されたデータグラム", "個"),
    "source-over-share": (n: Count) => lostJa(n, "送信元の割り当てを超えて破棄されたデータグラム", "個"),
    "sequence-gap": (n: Count) => lostJa(n, "届く前に失われたフロー (通し番号の欠番による)", "件"),
    "exporter-over-limit": (n: Count) => lostJa(n, "エクスポーターの上限を超えて破棄されたフロー", "件"),
    "template-absent": (n: Count) => lostJa(n, "テンプレートが届かず破棄されたセット", "個"),
    "template-awaited": (n: Count) => lostJa(n, "テンプレートを待っているセット", "個"),
    "spool-full": (n: Count) => lostJa(n, "スプールが満杯で受け入れられなかったフロー", "件"),
    "not-written": (n: Count) => lostJa(n, "コレクターの終了時に書き込めなかったフロー", "件"),
    "collector-down": (n: Count) => lostJa(n, "コレクターが動いておらず受信されなかったフロー", "件"),
  },
});

/** Exporters that a sentence names. */
const MOST_NAMED = 2;

/** What was lost, as a sentence without its stop. */
export function lostText({ reason, count, by }: Lost): string {
  const text = (reasons satisfies Record<LossReason, unknown>)[reason](count);
  if (by === undefined || by.length === 0) return text;
  const some = by.slice(0, MOST_NAMED).map((of) => `${of.exporter}: ${exact(of.count)}`);
  return `${text} (${some.join(", ")}${by.length > MOST_NAMED ? ", …" : ""})`;
}

/** What is known of losses in the range of a chart. */
export const losses = catalogue({
  en: {
    title: "Known losses",
    none: "No known loss in this range.",
    noneSince: (time: string) => `No known loss since ${time}; before, nobody watched.`,
    notWatched: "Nobody watched for losses in this range.",
    missing: (first: string) => `Missing: ${first}`,
    more: (count: number) => `and for ${count} more ${count === 1 ? "reason" : "reasons"}`,
    bins: (count: number) => `${count === 1 ? "1 bin" : `${count} bins`} with a mark`,
    inAll: "In the whole range",
    older: (count: number) => `${count} more`,
    since: (time: string) => `Nobody watched before ${time}.`,
    about: "Counted whatever the filter, in the bin in which it was noticed.",
    missingHere: "Missing",
  },
  ja: {
    title: "既知の欠落",
    none: "この期間に既知の欠落はありません。",
    noneSince: (time: string) => `${time} 以降、既知の欠落はありません。それより前は監視されていません。`,
    notWatched: "この期間の欠落は監視されていません。",
    missing: (first: string) => `欠落: ${first}`,
    more: (count: number) => `ほかに ${count} 種類の原因`,
    bins: (count: number) => `印のある区間 ${count} 個`,
    inAll: "期間全体",
    older: (count: number) => `ほか ${count} 個`,
    since: (time: string) => `${time} より前は監視されていません。`,
    about: "フィルターに関係なく、気付いた区間に数えます。",
    missingHere: "欠落",
  },
});
