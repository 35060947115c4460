/** A piece of a filter text; `position` is its offset in characters. */
export interface FilterToken {
  readonly kind: "word" | "operator" | "(" | ")" | "[" | "]" | "," | "end";
  readonly text: string;
  readonly position: number;
  /** A quoted word is always a value, never a column or a keyword. */
  readonly quoted: boolean;
}

const SPACE = /\s+/y;
/** `#` to the end of the line (nfdump); `/* … * /` and `-- …` (akvorado). */
const COMMENT = /#[^\n]*|\/\*[^]*?\*\/|--[^\n]*/y;
const OPERATOR = /==|!=|<>|<=|>=|!?<<|!?~|=|<|>/y;
const QUOTED = /'([^']*)'|"([^"]*)"/y;
/** Columns, keywords, numbers, addresses, prefixes, ranges, MACs, times, `@` with the name of a file. */
const WORD = /@?[A-Za-z0-9_.:/+*?%-]+|&&|\|\||!/y;
const PUNCTUATION: ReadonlySet<string> = new Set("()[],");

/** Splits a filter text; ends with a token of kind `end`. `fail` is called on a character that starts nothing. */
export function tokenizeFilter(text: string, fail: (problem: string, position: number) => never): FilterToken[] {
  const tokens: FilterToken[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const position = at;
    const skipped = match(SPACE) ?? match(COMMENT);
    if (skipped) {
      at += skipped[0].length;
      continue;
    }
    const character = text[at]!;
    const quoted = match(QUOTED);
    const operator = match(OPERATOR);
    const word = match(WORD);
    if (PUNCTUATION.has(character)) {
      tokens.push({ kind: character as FilterToken["kind"], text: character, position, quoted: false });
      at++;
    } else if (quoted) {
      tokens.push({ kind: "word", text: quoted[1] ?? quoted[2] ?? "", position, quoted: true });
      at += quoted[0].length;
    } else if (operator) {
      tokens.push({ kind: "operator", text: operator[0], position, quoted: false });
      at += operator[0].length;
    } else if (word) {
      tokens.push({ kind: "word", text: word[0], position, quoted: false });
      at += word[0].length;
    } else if (character === "'" || character === '"') fail("quote without an end", at);
    else fail(`unexpected character ${shown(text.codePointAt(at)!)}`, at);
  }
  tokens.push({ kind: "end", text: "", position: text.length, quoted: false });
  return tokens;
}

/** A character in quotes; what does not print as its number. */
function shown(code: number): string {
  const character = String.fromCodePoint(code);
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return `0x${code.toString(16).padStart(2, "0")}`;
  const prints = !/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(character);
  return prints ? `"${character}"` : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
