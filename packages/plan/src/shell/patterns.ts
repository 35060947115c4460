/**
 * A shell pattern as a regular expression: `*`, `?` and `[…]`; everything else stands for itself.
 * @param greedy whether `*` takes as much as it can.
 */
function source(pattern: string, greedy: boolean): string {
  let result = "";
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === "*") result += greedy ? "[^]*" : "[^]*?";
    else if (char === "?") result += "[^]";
    else if (char === "\\" && i + 1 < pattern.length) result += escaped(pattern[++i]!);
    else if (char === "[") {
      const set = /^\[([!^]?)(\]?(?:\[:\w+:\]|[^\]])*)\]/.exec(pattern.slice(i));
      if (set === null) {
        result += "\\[";
        continue;
      }
      result += `[${set[1] === "" ? "" : "^"}${classes(set[2]!)}]`;
      i += set[0].length - 1;
    } else result += escaped(char);
  }
  return result;
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: "A-Za-z0-9",
  alpha: "A-Za-z",
  digit: "0-9",
  lower: "a-z",
  upper: "A-Z",
  space: " \\t\\n\\r\\v\\f",
  blank: " \\t",
  xdigit: "0-9A-Fa-f",
  punct: "!-\\/:-@\\[-`{-~",
};

/** The inside of a bracket expression, for JavaScript. */
export function classes(set: string): string {
  return set
    .replaceAll("\\", "\\\\")
    .replaceAll(/\[:(\w+):\]/g, (_all, name: string) => CLASSES[name] ?? "")
    .replaceAll(/[[\]]/g, (char, at: number, all: string) =>
      all[at - 1] === "\\" && char === "[" ? char : `\\${char}`,
    );
}

function escaped(char: string): string {
  return /[\w\s]/.test(char) || char > "\x7f" ? char : `\\${char}`;
}

/** Whether a text matches a shell pattern as a whole. */
export function matchesPattern(text: string, pattern: string): boolean {
  return new RegExp(`^${source(pattern, true)}$`).test(text);
}

/** A text without the part that matches: `${x#p}`, `${x##p}`, `${x%p}`, `${x%%p}`. */
export function removed(text: string, operator: "#" | "##" | "%" | "%%", pattern: string): string {
  const greedy = operator.length === 2;
  if (operator.startsWith("#")) return text.replace(new RegExp(`^${source(pattern, greedy)}`), "");
  // The shortest suffix begins as late as possible, the longest as early as possible.
  const whole = new RegExp(`^${source(pattern, true)}$`);
  const starts = Array.from({ length: text.length + 1 }, (_, i) => (greedy ? i : text.length - i));
  const at = starts.find((start) => whole.test(text.slice(start)));
  return at === undefined ? text : text.slice(0, at);
}

/** A text with matches replaced: `${x/p/r}`, `${x//p/r}`, `${x/#p/r}`, `${x/%p/r}`. */
export function replaced(text: string, operator: string, pattern: string, by: string): string {
  const body = source(pattern, true);
  const expression = operator === "/#" ? `^(?:${body})` : operator === "/%" ? `(?:${body})$` : body;
  return text.replace(new RegExp(expression, operator === "//" ? "g" : ""), () => by);
}
