/** Most `*`, `+` and `{` of a pattern: with more, a text of 200 characters can take minutes. */
const MOST_REPEATS = 3;

/**
 * Why a regular expression may take very long for a short text; undefined if it cannot. A group that is repeated and
 * has a repetition or a choice in it may match a text in exponentially many ways; each repetition in a row multiplies
 * the work by the length of the text. `?` is a choice.
 *
 * @param source of an expression that is valid with the flag u
 */
export function slowPattern(source: string): string | undefined {
  // Escapes and classes of characters are one character each.
  const plain = source.replaceAll(/\\(?:[pPu]\{[^}]*\}|k<[^>]*>|.)/gu, (text) =>
    /^\\[1-9k]/.test(text) ? "\u0001" : "x",
  );
  const text = plain
    .replaceAll(/\[[^\]]*\]/g, "x")
    .replaceAll(/\(\?(?:<?[=!])/g, "\u0002")
    .replaceAll("(?<", "(?");
  if (text.includes("\u0001")) return "a back reference may take very long";
  if (text.includes("\u0002")) return "an assertion such as (?=…) may take very long";
  const open: boolean[] = [false];
  let repeats = 0;
  let closed = false;
  const chars = [...text];
  for (const [i, char] of chars.entries()) {
    const isRepeat = char === "*" || char === "+" || char === "{";
    if (isRepeat && closed) return "a group with a repetition or a choice in it is repeated: that may take very long";
    if (isRepeat && ++repeats > MOST_REPEATS) return `more than ${MOST_REPEATS} repetitions may take very long`;
    // The inside of a repeated group counts for those around it, too.
    const isChoice = char === "|" || (char === "?" && chars[i - 1] !== "(");
    if (isRepeat || isChoice) open[open.length - 1] = true;
    closed = false;
    if (char === "(") open.push(false);
    if (char !== ")") continue;
    closed = open.pop() ?? false;
    if (closed) open[open.length - 1] = true;
  }
  return undefined;
}
