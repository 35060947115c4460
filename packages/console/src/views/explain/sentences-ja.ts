/**
 * The sentences of the dry run in Japanese. They come in English, as `ngflow explain` prints them; each form of
 * sentence has a row here. What has none stays as it is, and so do messages of ngctl and names.
 */
type Rule = readonly [form: RegExp, say: (...parts: string[]) => string];

const direction = (word: string): string => (word.toLowerCase() === "inbound" ? "受信" : "送信");
const traffic = (way: string, name: string): string => `${name} の${direction(way)}通信`;
const WHAT = "(inbound|outbound) traffic of (\\S+?)";

const place = (text: string): string =>
  text.replace(/^the wire of (.+)$/, "$1 の回線").replace(/^the kernel's stack behind (.+)$/, "$1 の先のカーネル");
const places = (text: string): string =>
  text
    .split(/, | and (?=\d+ more$)/)
    .map((one) => place(one).replace(/^(\d+) more$/, "ほか $1 個"))
    .join("、");
const numbers = (text: string): string => text.replaceAll(", ", "、");

function part(text: string): string {
  const [, passed = "", end = ""] = /^packets of (.+) pass, others of them (?:are lost|end in (.+))$/.exec(text) ?? [];
  if (passed === "") return `${numbers(text.replace(/^only /, ""))} だけ`;
  return `${numbers(passed)} は通るが、${end === "" ? "失われるものもある" : `${places(end)} で終わるものもある`}`;
}

/** What becomes of a direction: parts that are joined by commas. */
const BECOMES: readonly Rule[] = [
  [/^flows$/, () => "流れます"],
  [/^flows in part \((.+)\)$/, (which) => `一部が流れます (${part(which)})`],
  [/^is cut$/, () => "切れます"],
  [/^ends in (.+)$/, (where) => `${places(where)} で終わります`],
  [/^is spread over (.+)$/, (where) => `${places(where)} に分散されます`],
  [/^is copied to (.+)$/, (where) => `${places(where)} に複製されます`],
  [/^arrives more than once$/, () => "重複して届きます"],
  [/^goes round in a loop$/, () => "ループします"],
  [/^is counted by (.+)$/, (nodes) => `${numbers(nodes)} が計上します`],
  [/^is not counted by (.+)$/, (nodes) => `${numbers(nodes)} は計上しません`],
];
const NEXT =
  /, (?=flows|is cut|ends in|is spread over|is copied to|arrives more|goes round|is counted by|is not counted by)/;

/** What a step leaves behind. */
function left(text: string): string {
  if (text === "nothing") return "なし";
  return text
    .split(", ")
    .map((one) =>
      one.replace(new RegExp(`^${WHAT} cut$`), (_, way: string, name: string) => `${traffic(way, name)}の切断`),
    )
    .join("、");
}

const COUNTED: Readonly<Record<string, string>> = {
  "Received and sent packets": "受信と送信のパケットは",
  "Received packets": "受信パケットは",
  "Sent packets": "送信パケットは",
  "Only received packets": "受信パケットだけが",
  "Only sent packets": "送信パケットだけが",
};

const RULES: readonly Rule[] = [
  [
    /^Step (\d+)(?: \(line (\d+)\))? would be refused: (.*?)\.(?: ngctl stops there: (\d+) later steps? (?:is|are) not run\.)?(?: Left behind: (.*); (?:undo with (.*)|too much to list how to undo it)\.)?$/s,
    (step, line, why, later, rest, undo) =>
      [
        `手順 ${step}${line === "" ? "" : ` (${line} 行目)`} は拒否されます: ${why}。`,
        later === "" ? "" : `ngctl はそこで止まり、後の ${later} 手順は実行されません。`,
        rest === "" ? "" : `残るもの: ${left(rest)}。`,
        undo === "" ? "" : `取り消すコマンド: ${undo}`,
      ].join(""),
  ],
  [/^Line (\d+) is not understood: (.*)\.$/s, (line, why) => `${line} 行目を解釈できません: ${why}`],
  [
    /^Line (\d+) needs what only the machine knows: (.*)\. Assign it to a variable to give it with --set\.$/s,
    (line, what) =>
      `${line} 行目にはマシンでしか分からない値が必要です: ${what}。変数に代入すると、「値」で与えられます。`,
  ],
  [
    /^Line (\d+) needs the value of \$(\S+): give it with --set .*$/,
    (line, name) => `${line} 行目には $${name} の値が必要です。「値」に ${name}=… と書いてください。`,
  ],
  [
    /^Not known, because it depends on that: (.*)\.$/,
    (steps) =>
      `それに依存するため分かりません: ${numbers(steps.replace(/step (\d+) \(line (\d+)\)/g, "手順 $1 ($2 行目)"))}`,
  ],
  [
    /^The script ends at line (\d+) with status (\d+)\.$/,
    (line, status) => `スクリプトは ${line} 行目で、状態 ${status} で終わります。`,
  ],
  [
    new RegExp(`^From step (\\d+) on, ${WHAT} is cut, and no step restores it\\.$`),
    (step, way, name) => `手順 ${step} から ${traffic(way, name)}が切れ、どの手順でも戻りません。`,
  ],
  [
    new RegExp(`^From step (\\d+) to step (\\d+), ${WHAT} is cut\\.$`),
    (from, to, way, name) => `手順 ${from} から手順 ${to} まで、${traffic(way, name)}が切れます。`,
  ],
  [/^No step cuts the network\.$/, () => "どの手順でも通信は切れません。"],
  [/^A remote shell over (\S+) survives\.$/, (name) => `${name} 経由のリモートシェルは切れません。`],
  [
    /^A remote shell over (\S+) is lost at step (\d+): use the console\.$/,
    (name, step) => `${name} 経由のリモートシェルは手順 ${step} で失われます。コンソールから操作してください。`,
  ],
  [
    /^A remote shell over (\S+) does not survive typing .* after step (\d+) does not arrive\. Run as one file the script reaches step (\d+) .*$/s,
    (name, lost, back) =>
      `${name} 経由のリモートシェルで 1 行ずつ入力すると、手順 ${lost} の後の行が届きません。1 つのファイルとして実行すれば、スクリプトは自力で手順 ${back} まで進み、シェルは切れません。`,
  ],
  [
    /^(Received and sent packets|Received packets|Sent packets) of (\S+) are counted by (.+)\.$/,
    (which, name, nodes) => `${name} の${COUNTED[which]} ${numbers(nodes)} が計上します。`,
  ],
  [
    /^No packets of (\S+) are counted by (.+?), (as setconfig says|because no setconfig .*)\.$/,
    (name, nodes, why) => `${name} のパケットは ${numbers(nodes)} では計上されません${because(why)}。`,
  ],
  [
    /^(Only received packets|Only sent packets) of (\S+) are counted by (.+?), (as setconfig says|because no setconfig .*)\.$/,
    (which, name, nodes, why) => `${name} の${COUNTED[which]} ${numbers(nodes)} で計上されます${because(why)}。`,
  ],
  [
    new RegExp(`^In the end only part of the ${WHAT} gets through: (.*)\\.$`),
    (way, name, which) => `最終的に ${traffic(way, name)}は一部だけが通ります: ${part(which)}`,
  ],
  [
    new RegExp(`^In the end all of the ${WHAT} gets through, spread over (.*)\\.$`),
    (way, name, where) => `最終的に ${traffic(way, name)}はすべて通り、${places(where)} に分散されます。`,
  ],
  [
    new RegExp(`^In the end ${WHAT} goes round in a loop until the graph drops it\\.$`),
    (way, name) => `最終的に ${traffic(way, name)}は、グラフが破棄するまでループします。`,
  ],
  [
    new RegExp(`^In the end ${WHAT} is copied to (.*)\\.$`),
    (way, name, where) => `最終的に ${traffic(way, name)}は ${places(where)} に複製されます。`,
  ],
  [
    new RegExp(`^In the end ${WHAT} arrives more than once\\.$`),
    (way, name) => `最終的に ${traffic(way, name)}は重複して届きます。`,
  ],
  [
    /^From step (\d+) on the graph is so large that traffic was tried after some steps only: .*$/,
    (step) =>
      `手順 ${step} からはグラフが大きいため、通信は一部の手順の後でだけ試しました。切断の始まりと終わりは、表示より前の手順かもしれません。`,
  ],
  [
    /^The script touches no interface; name one with --interface\.$/,
    () => "スクリプトはインターフェースに触れません。",
  ],
  [/^No command of ngctl is run\.$/, () => "実行されるngctlのコマンドはありません。"],
  [/^No command of ngctl is understood\.$/, () => "解釈できるngctlのコマンドはありません。"],
  [/^The script has no command of ngctl\.$/, () => "スクリプトにngctlのコマンドはありません。"],
  [
    /^Not run: ngctl at lines? ([\d, ]+), because (.*)\.$/s,
    (lines, why) => `実行しません: ${numbers(lines)} 行目のngctl (${why})`,
  ],
  [
    new RegExp(`^${WHAT} ((?:flows|is|arrives|goes).*)$`, "s"),
    (way, name, becomes) =>
      `${traffic(way, name)}: ${becomes
        .split(NEXT)
        .map((one) => by(BECOMES, one))
        .join("、")}`,
  ],
  // What a step did.
  [/^made node (.+) of type (\S+)$/, (node, type) => `ノード ${node} (種類 ${type}) を作成`],
  [/^node (.+) of type (\S+) is gone$/, (node, type) => `ノード ${node} (種類 ${type}) が消滅`],
  [/^node (.+) is now called (\S+)$/, (node, name) => `ノード ${node} の名前を ${name} に変更`],
  [/^joined (\S+) with (\S+)$/, (one, other) => `${one} と ${other} を接続`],
  [/^parted (\S+) from (\S+)$/, (one, other) => `${one} と ${other} を切り離し`],
  [/^datagrams go to (\S+)$/, (address) => `データグラムの送信先は ${address}`],
  [/^changes neither graph nor traffic$/, () => "グラフも通信も変わりません"],
  [/^not reached: ngctl stopped before$/, () => "未到達: ngctl はその前に停止"],
  [/^refused, which the script expects: (.*)$/s, (why) => `拒否 (スクリプトの想定どおり): ${why}`],
  [/^refused: (.*)$/s, (why) => `拒否: ${why}`],
  [/^not known: (.*)$/s, (why) => `不明: ${why}`],
  [/^(?:the script|.+): the machine as it is before$/, () => "実行前のマシン"],
  [/^Step (\d+) of (\d+)$/, (step, all) => `手順 ${step} / ${all}`],
  [/^After step (\d+)$/, (step) => `手順 ${step} の後`],
  [/^before the first command$/, () => "最初のコマンドの前"],
  [/^ngctl ends$/, () => "ngctl の終了"],
  // What is not tried.
  [/^not understood: (.*)$/s, (text) => `解釈できません: ${text}`],
  [/^assumed: (.*)$/s, (text) => `仮定: ${text}`],
  [/^not run: (.*)$/s, (text) => `実行しません: ${text}`],
];

function because(why: string): string {
  return why.startsWith("as")
    ? " (setconfigの指定どおり)"
    : " (setconfigが送られていません。conf=3で両方向を計上します)";
}

function by(rules: readonly Rule[], text: string): string {
  for (const [form, say] of rules) {
    const found = form.exec(text);
    if (found) return say(...found.slice(1).map((one: string | undefined) => one ?? ""));
  }
  return text;
}

/** A sentence of the dry run, or several that are joined by semicolons, in Japanese. */
export function sentenceJa(text: string): string {
  const whole = by(RULES, text);
  if (whole !== text || !text.includes("; ")) return whole;
  return text
    .split("; ")
    .map((one) => by(RULES, one))
    .join("; ");
}

/** What is left behind, in Japanese. */
export const leftJa = left;
