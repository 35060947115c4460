/** A piece of a filter text; `position` is its offset in characters. */
export interface FilterToken {
  readonly kind: "word" | "operator" | "(" | ")" | "," | "end";
  readonly text: string;
  readonly position: number;
  /** A quoted word is always a value, never a column or a keyword. */
  readonly quoted: boolean;
}

const SPACE = /\s+/y;
const OPERATOR = /==|!=|<>|<=|>=|=|<|>/y;
const QUOTED = /'([^']*)'|"([^"]*)"/y;
/** Columns, keywords, numbers, addresses, prefixes, ranges, MACs, times. */
const WORD = /[A-Za-z0-9_.:/+*-]+|&&|\|\||!/y;

/** Splits a filter text; ends with a token of kind `end`. `fail` is called on a character that starts nothing. */
export function tokenizeFilter(text: string, fail: (problem: string, position: number) => never): FilterToken[] {
  const tokens: FilterToken[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const space = match(SPACE);
    if (space) {
      at += space[0].length;
      continue;
    }
    const position = at;
    const punctuation = text[at]!;
    if (punctuation === "(" || punctuation === ")" || punctuation === ",") {
      tokens.push({ kind: punctuation, text: punctuation, position, quoted: false });
      at++;
      continue;
    }
    const quoted = match(QUOTED);
    if (quoted) {
      tokens.push({ kind: "word", text: quoted[1] ?? quoted[2] ?? "", position, quoted: true });
      at += quoted[0].length;
      continue;
    }
    const operator = match(OPERATOR);
    if (operator) {
      tokens.push({ kind: "operator", text: operator[0], position, quoted: false });
      at += operator[0].length;
      continue;
    }
    const word = match(WORD);
    if (!word) {
      fail(
        punctuation === "'" || punctuation === '"' ? "quote without an end" : `unexpected character "${punctuation}"`,
        at,
      );
    } else {
      tokens.push({ kind: "word", text: word[0], position, quoted: false });
      at += word[0].length;
    }
  }
  tokens.push({ kind: "end", text: "", position: text.length, quoted: false });
  return tokens;
}
