import { expect, test } from "vitest";
import { leftJa, sentenceJa } from "./sentences-ja.ts";

test.each([
  ["From step 1 to step 3, inbound traffic of em0 is cut.", "手順 1 から手順 3 まで、em0 の受信通信が切れます。"],
  [
    "From step 2 on, outbound traffic of em0 is cut, and no step restores it.",
    "手順 2 から em0 の送信通信が切れ、どの手順でも戻りません。",
  ],
  [
    "Received and sent packets of em0 are counted by netflow, other.",
    "em0 の受信と送信のパケットは netflow、other が計上します。",
  ],
  [
    "Only received packets of em0 are counted by netflow, because no setconfig was sent (conf=3 counts both directions).",
    "em0 の受信パケットだけが netflow で計上されます (setconfigが送られていません。conf=3で両方向を計上します)。",
  ],
  [
    "Step 2 (line 4) would be refused: No such file or directory (no node is called x). ngctl stops there: 1 later step is not run. Left behind: netflow, inbound traffic of em0 cut; undo with shutdown netflow:.",
    "手順 2 (4 行目) は拒否されます: No such file or directory (no node is called x)。ngctl はそこで止まり、後の 1 手順は実行されません。残るもの: netflow、em0 の受信通信の切断。取り消すコマンド: shutdown netflow:",
  ],
  [
    "inbound traffic of em0 is cut, ends in the kernel's stack behind em1, a:hook, is counted by netflow, n2",
    "em0 の受信通信: 切れます、em1 の先のカーネル、a:hook で終わります、netflow、n2 が計上します",
  ],
  ["outbound traffic of em0 flows", "em0 の送信通信: 流れます"],
  [
    "made node netflow [2] of type netflow; joined em0:lower with netflow:iface0",
    "ノード netflow [2] (種類 netflow) を作成; em0:lower と netflow:iface0 を接続",
  ],
  ["Step 3 of 6", "手順 3 / 6"],
  ["something that has no row", "something that has no row"],
])("%s", (english, japanese) => {
  expect(sentenceJa(english)).toBe(japanese);
});

test("what is left behind", () => {
  expect(leftJa("nothing")).toBe("なし");
  expect(leftJa("a, b and 3 more, outbound traffic of em0 cut")).toBe("a、b and 3 more、em0 の送信通信の切断");
});
