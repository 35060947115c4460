import { NgError } from "../ng-error.ts";

/** Tokens of the argument language (reference: netgraph.md §6.1); `error` is a string without closing quote. */
export type TokenKind = "{" | "}" | "[" | "]" | "=" | "string" | "word" | "end" | "error";

export interface Token {
  readonly kind: TokenKind;
  /** First character, blanks skipped. */
  readonly at: number;
  /** Characters, as the original counts them. */
  readonly length: number;
}

const WORD = /[^ \t\n\v\f\r{}[\]="]+/y;

/** Position of the first character at or after `at` that is not white space. */
export function skipSpace(text: string, at: number): number {
  for (;;) {
    const c = text.charCodeAt(at);
    if (c === 0x20 || (c >= 0x09 && c <= 0x0d)) at++;
    else return at;
  }
}

/** The next token at or after `at`. */
export function nextToken(text: string, at: number): Token {
  at = skipSpace(text, at);
  const c = text[at];
  switch (c) {
    case undefined:
    case "\0":
      return { kind: "end", at, length: 0 };
    case "{":
    case "}":
    case "[":
    case "]":
    case "=":
      return { kind: c, at, length: 1 };
    case '"': {
      const string = readString(text, at);
      if (string === undefined) return { kind: "error", at, length: 0 };
      return { kind: "string", at, length: string.length };
    }
    default: {
      WORD.lastIndex = at;
      WORD.exec(text);
      return { kind: "word", at, length: WORD.lastIndex - at };
    }
  }
}

/**
 * Characters of the value that starts at `at`: one token, or everything up to the bracket that closes it.
 * @throws NgError EINVAL at the end of the text, an unclosed string or a bracket that nothing opened.
 */
export function skipValue(text: string, at: number): number {
  let braces = 0;
  let brackets = 0;
  let position = at;
  do {
    const token = nextToken(text, position);
    switch (token.kind) {
      case "{":
        braces++;
        break;
      case "[":
        brackets++;
        break;
      case "}":
        if (braces-- === 0) throw new NgError("EINVAL");
        break;
      case "]":
        if (brackets-- === 0) throw new NgError("EINVAL");
        break;
      case "end":
      case "error":
        throw new NgError("EINVAL");
      default:
    }
    position = token.at + token.length;
  } while (braces > 0 || brackets > 0);
  return position - at;
}

/** A quoted string without its escapes, and how many characters the original believes it took. */
export interface ParsedString {
  readonly bytes: Uint8Array;
  readonly length: number;
}

const SHORT_ESCAPES: Readonly<Record<string, number>> = { t: 0x09, n: 0x0a, r: 0x0d, v: 0x0b, f: 0x0c, '"': 0x22 };

/**
 * Reads the quoted string whose opening quote is at `at`; undefined when it has no closing quote. Octal and
 * hexadecimal escapes take any number of digits; the length comes out one short for every `\\`, `\xhh` and other escape
 * without meaning, as in the original (reference: netgraph.md §6.4).
 */
export function readString(text: string, at: number): ParsedString | undefined {
  const bytes: number[] = [];
  let counted = 1;
  let position = at + 1;
  for (;;) {
    const c = text[position];
    if (c === undefined || c === "\0") return undefined;
    if (c === '"') return { bytes: Uint8Array.from(bytes), length: counted + 1 };
    const escaped = text[position + 1];
    if (c !== "\\" || escaped === undefined || escaped === "\0") {
      bytes.push(c.charCodeAt(0) & 0xff);
      position++;
      counted++;
      continue;
    }
    const short = SHORT_ESCAPES[escaped];
    if (short !== undefined) {
      bytes.push(short);
      position += 2;
      counted += 2;
    } else if (escaped >= "0" && escaped <= "7") {
      const digits = /^[0-7]+/.exec(text.slice(position + 1))![0];
      bytes.push(lowByte(digits, 3));
      position += 1 + digits.length;
      counted += 1 + digits.length;
    } else if (escaped === "x") {
      const digits = /^[0-9a-fA-F]*/.exec(text.slice(position + 2))![0];
      bytes.push(lowByte(digits, 4));
      position += 2 + digits.length;
      counted += 1 + digits.length;
    } else {
      bytes.push(escaped.charCodeAt(0) & 0xff);
      position += 2;
      counted += 1;
    }
  }
}

function lowByte(digits: string, bits: number): number {
  let value = 0;
  for (const digit of digits) value = ((value << bits) + Number.parseInt(digit, 16)) & 0xff;
  return value;
}
