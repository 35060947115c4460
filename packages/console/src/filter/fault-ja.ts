/** What is wrong with a filter, as its parser says it (`packages/flows/src/query`), and the same in Japanese. */
const FORMS: readonly (readonly [form: RegExp, say: (...parts: string[]) => string])[] = [
  [/^unknown column "(.*)"$/s, (name) => `「${name}」という列はありません`],
  [
    /^unknown column "(\w+)": only.*$/,
    (name) => `「${name}」は集計の軸だけです。条件には TimeStart か TimeEnd を使います`,
  ],
  [/^comment without an end$/, () => "注釈が閉じていません"],
  [
    /^expected .*, found "(.*)"; a list .*$/s,
    (found) => `ここに「${found}」は書けません。値の並びは port in [80 443] のように書きます`,
  ],
  [
    /^the values of (\S+) have no names to compare(?:; use (.*))?$/,
    (name, use) => `${name} の値には比べる名前がありません${use === undefined ? "" : `。使えるもの: ${use}`}`,
  ],
  [/^expected a column, found (.*)$/s, (found) => `列が必要です (ここにあるのは${thing(found)})`],
  [
    /^expected a value for (\S+), found (.*)$/s,
    (name, found) => `${name} の値が必要です (ここにあるのは${thing(found)})`,
  ],
  [/^expected (.*), found (.*)$/s, (what, found) => `${what} が必要です (ここにあるのは${thing(found)})`],
  [/^unexpected character (.*)$/s, (character) => `使えない文字があります: ${character}`],
  [/^unexpected (.*)$/s, (found) => `ここには書けません:${thing(found)}`],
  [/^quote without an end$/, () => "引用符が閉じていません"],
  [/^"(.*)" is not a netmask$/s, (text) => `「${text}」はネットマスクではありません`],
  [/^"(.*)" is not an? (.*)$/s, (text, what) => `「${text}」は値として読めません (必要なもの: ${what})`],
  [
    /^(\S+) is above (\d+), the most (\S+) holds$/,
    (text, most, name) => `${text} は ${name} の最大値 ${most} を超えています`,
  ],
  [/^the range (.*) is empty$/s, (text) => `範囲 ${text} は空です`],
  [/^nested deeper than (\d+)$/, (depth) => `括弧が ${depth} 段を超えています`],
  [/^(\S+) takes one (?:value|number).*$/, (operator) => `${operator} の値は1つです`],
];

const thing = (text: string): string => (text === "the end" ? "末尾" : ` ${text}`);

/** What is wrong with a filter in Japanese; as it is where its form is not known. */
export function filterFaultJa(message: string): string {
  const [problem = "", hint] = message.split(/; did you mean (?=.*\?$)/s);
  for (const [form, say] of FORMS) {
    const parts = form.exec(problem);
    if (parts) return say(...parts.slice(1)) + (hint === undefined ? "。" : `。もしかして: ${hint.slice(0, -1)}`);
  }
  return message;
}
