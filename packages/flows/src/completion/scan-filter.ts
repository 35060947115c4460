import { entryKey } from "../query/entry.ts";
import { type FilterField, fieldByName, filterValues, NAME_WORDS } from "../query/fields.ts";
import { OPERATORS } from "../query/filter-operators.ts";
import { type FilterToken, tokenizeFilter } from "../query/tokens.ts";

/** What a part of a filter text is, for colours. `unknown`: a word that is not a column, where one is expected. */
export const TOKEN_KINDS = ["column", "operator", "keyword", "value", "punctuation", "comment", "unknown"] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** A part of a filter text: offsets in characters, the end not included. */
export interface TextPart {
  readonly from: number;
  readonly to: number;
}

export interface ColouredToken extends TextPart {
  readonly kind: TokenKind;
}

/** What may be written at a place: a term, what follows a column, a value, or what follows a whole comparison. */
export type Expected = "term" | "afterColumn" | "value" | "list" | "afterValue";

/** A word or operator of a filter that may be unfinished, and what was expected where it begins. */
export interface ScannedToken extends ColouredToken {
  readonly text: string;
  readonly quoted: boolean;
  readonly expected: Expected;
  /** The field whose operator or value this is. */
  readonly field: FilterField | undefined;
}

export interface ScannedFilter {
  readonly tokens: readonly ScannedToken[];
  readonly comments: readonly ColouredToken[];
  /** What is expected after the last token, and of which field. */
  readonly expected: Expected;
  readonly field: FilterField | undefined;
}

const KEYWORDS: ReadonlySet<string> = new Set(["not", "!", "any", "inet", "inet6", "ipv4", "ipv6"]);
const JOINS: ReadonlySet<string> = new Set(["and", "or", "&&", "||"]);
const ENDS: ReadonlySet<string> = new Set(["src", "dst"]);
const NEGATED: ReadonlySet<string> = new Set(["in", "like", "ilike"]);

/** Reads a filter text that may be unfinished or wrong. It never throws: `parseFilter` checks the text. */
export function scanFilter(text: string): ScannedFilter {
  return new Scanner(text).scan();
}

class Scanner {
  readonly #text: string;
  readonly #pieces: readonly FilterToken[];
  readonly #tokens: ScannedToken[] = [];
  #at = 0;
  #expected: Expected = "term";
  #field: FilterField | undefined;

  constructor(text: string) {
    this.#text = text;
    const pieces = piecesOf(text);
    // A comment without an end takes the rest of the text.
    const open = pieces.findIndex((piece) => !piece.quoted && piece.text.startsWith("/*"));
    this.#pieces = open < 0 ? pieces : pieces.slice(0, open);
  }

  scan(): ScannedFilter {
    while (this.#at < this.#pieces.length) this.#next();
    const tokens = this.#tokens;
    return { tokens, comments: commentsOf(this.#text, tokens), expected: this.#expected, field: this.#field };
  }

  #next(): void {
    const piece = this.#pieces[this.#at]!;
    const word = piece.quoted ? "" : piece.text.toLowerCase();
    if (piece.kind !== "word" && piece.kind !== "operator") return this.#punctuation(piece.kind);
    if (this.#expected === "afterColumn" && this.#operator(piece, word)) return;
    if (this.#expected === "list") return this.#take(1, "value", "list");
    if (this.#expected === "afterColumn" || this.#expected === "value") {
      const isColumn = filterValues().some((name) => name.toLowerCase() === word);
      return this.#take(1, isColumn ? "column" : "value", "afterValue");
    }
    if (piece.kind === "operator") return this.#take(1, "unknown", "value");
    if (JOINS.has(word)) return this.#take(1, "keyword", "term");
    if (KEYWORDS.has(word)) return this.#take(1, "keyword", word === "not" || word === "!" ? "term" : "afterValue");
    this.#name(piece);
  }

  #punctuation(kind: string): void {
    const opens = kind === "(" || kind === "[";
    const isList = this.#expected === "list";
    const ofValue = this.#expected === "afterColumn" || this.#expected === "value";
    if (opens) return this.#take(1, "punctuation", ofValue ? "list" : "term");
    this.#take(1, "punctuation", kind === "," && isList ? "list" : "afterValue");
  }

  #operator(piece: FilterToken, word: string): boolean {
    const second = this.#pieces[this.#at + 1];
    if (word === "not" && second?.kind === "word" && NEGATED.has(second.text.toLowerCase())) {
      this.#take(2, "operator", "value");
      return true;
    }
    if (piece.quoted || !Object.hasOwn(OPERATORS, word)) return false;
    this.#take(1, "operator", "value");
    return true;
  }

  /** A column: one to four words, with `src or dst` before it or not, or a field of Extra. */
  #name(piece: FilterToken): void {
    if (!piece.quoted && entryKey(piece.text) !== undefined) {
      this.#field = { name: piece.text, columns: ["Extra"] };
      return this.#take(1, "column", "afterColumn");
    }
    const words = this.#words(NAME_WORDS);
    const isPair = ENDS.has(words[0] ?? "") && (words[1] === "or" || words[1] === "and") && ENDS.has(words[2] ?? "");
    const [src, dst] =
      isPair && words[3] !== undefined ? ["src", "dst"].map((e) => fieldByName(`${e} ${words[3]}`)) : [];
    if (src && dst) {
      this.#field = { name: words[3]!, columns: [...src.columns, ...dst.columns] };
      return this.#take(4, "column", "afterColumn");
    }
    for (let count = words.length; count > 0; count--) {
      const field = fieldByName(words.slice(0, count).join(" "));
      if (field === undefined) continue;
      this.#field = field;
      return this.#take(count, "column", "afterColumn");
    }
    this.#take(1, "unknown", "term");
  }

  /** The next unquoted words, lower case. */
  #words(most: number): string[] {
    const words: string[] = [];
    for (const { kind, quoted, text } of this.#pieces.slice(this.#at, this.#at + most)) {
      if (kind !== "word" || quoted) break;
      words.push(text.toLowerCase());
    }
    return words;
  }

  #take(count: number, kind: TokenKind, then: Expected): void {
    for (const { position, text, quoted } of this.#pieces.slice(this.#at, this.#at + count)) {
      const to = Math.min(position + text.length + (quoted ? 2 : 0), this.#text.length);
      const field = kind === "column" && then === "afterColumn" ? undefined : this.#field;
      this.#tokens.push({ from: position, to, kind, text, quoted, expected: this.#expected, field });
    }
    this.#at += count;
    this.#expected = then;
  }
}

/** The tokens of a text; from the first character that begins none, the rest is one quoted word. */
function piecesOf(text: string): readonly FilterToken[] {
  let fault = text.length;
  try {
    return tokenizeFilter(text, (_, position) => {
      fault = position;
      throw new Error("not a token");
    }).slice(0, -1);
  } catch {
    const rest: FilterToken = { kind: "word", text: text.slice(fault + 1), position: fault, quoted: true };
    return [...piecesOf(text.slice(0, fault)), rest];
  }
}

/** What is between the tokens and is not space. */
function commentsOf(text: string, tokens: readonly TextPart[]): ColouredToken[] {
  const comments: ColouredToken[] = [];
  let end = 0;
  for (const { from, to } of [...tokens, { from: text.length, to: text.length }]) {
    const gap = text.slice(end, from);
    const trimmed = gap.trim();
    if (trimmed !== "") {
      const start = end + gap.indexOf(trimmed);
      comments.push({ from: start, to: start + trimmed.length, kind: "comment" });
    }
    end = to;
  }
  return comments;
}
