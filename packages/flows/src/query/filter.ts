import type { ColumnName } from "../columns.ts";
import { FlowsError } from "../errors.ts";
import { type FilterField, fieldByName } from "./fields.ts";
import { MAX_FILTER_LENGTH } from "./limits.ts";
import { type FilterToken, tokenizeFilter } from "./tokens.ts";
import type { CompareOperator, Literal, Predicate } from "./tree.ts";
import { type LiteralRange, parseValue } from "./values.ts";

/** A filter that does not parse: usage error, with where in the text it went wrong. */
export class FilterError extends FlowsError {
  /** Offset in characters from the start of the filter. */
  readonly position: number;

  constructor(problem: string, position: number, text: string) {
    super("bad-filter", `filter: ${problem}, at character ${position + 1} of "${text}"`);
    this.position = position;
  }
}

/** Parentheses and `not` may nest this deep. */
const MAX_DEPTH = 64;

/**
 * Parses the filter language (docs/reference/filter.md) into a tree. Empty text keeps everything.
 *
 * ```
 * filter     = conjunction { "or" conjunction }
 * conjunction= term { [ "and" ] term }
 * term       = "not" term | "(" filter ")" | comparison
 * comparison = field [ "=" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in" ] ( value | "(" value { "," value } ")" )
 * ```
 *
 * @throws FilterError with the position of the first thing that does not fit.
 */
export function parseFilter(text: string): Predicate {
  if (text.length > MAX_FILTER_LENGTH)
    throw new FilterError(`longer than ${MAX_FILTER_LENGTH} characters`, MAX_FILTER_LENGTH, `${text.slice(0, 40)}…`);
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly FilterToken[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenizeFilter(text, (problem, position) => this.#fail(problem, position));
  }

  parse(): Predicate {
    if (this.#tokens.length === 1) return { kind: "all" };
    const tree = this.#alternatives();
    const rest = this.#peek();
    if (rest.kind !== "end") this.#fail(`unexpected ${describe(rest)}`, rest.position);
    return tree;
  }

  #alternatives(): Predicate {
    const terms = [this.#conjunction()];
    while (this.#takeWord("or", "||")) terms.push(this.#conjunction());
    return terms.length === 1 ? terms[0]! : { kind: "or", terms };
  }

  #conjunction(): Predicate {
    const terms = [this.#term()];
    for (;;) {
      const token = this.#peek();
      if (token.kind === "end" || token.kind === ")" || isWord(token, "or", "||")) break;
      this.#takeWord("and", "&&");
      terms.push(this.#term());
    }
    return terms.length === 1 ? terms[0]! : { kind: "and", terms };
  }

  #term(): Predicate {
    const token = this.#peek();
    if (++this.#depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH}`, token.position);
    let tree: Predicate;
    if (this.#takeWord("not", "!")) {
      tree = { kind: "not", term: this.#term() };
    } else if (token.kind === "(") {
      this.#next++;
      tree = this.#alternatives();
      this.#take(")", "a closing parenthesis");
    } else {
      tree = this.#comparison();
    }
    this.#depth--;
    return tree;
  }

  #comparison(): Predicate {
    const field = this.#field();
    const operator = this.#operator();
    const position = this.#peek().position;
    const ranges = this.#values(field);
    if (operator !== "=" && operator !== "!=") {
      const only = ranges.length === 1 ? ranges[0]! : undefined;
      if (only === undefined || only.high !== undefined)
        this.#fail(`${operator} takes one value, not a range or a list`, position);
      if (only.low.kind === "ip") this.#fail(`an address takes =, != and in, not ${operator}`, position);
      return either(field.columns.map((column) => ({ kind: "compare", column, operator, value: only.low })));
    }
    const tree = either(field.columns.map((column) => anyOf(column, ranges)));
    return operator === "=" ? tree : { kind: "not", term: tree };
  }

  /** One or two words: `SrcPort`, `port`, `src port`. */
  #field(): FilterField {
    const first = this.#peek();
    if (first.kind !== "word" || first.quoted)
      this.#fail(`expected a column, found ${describe(first)}`, first.position);
    this.#next++;
    const second = this.#peek();
    if (second.kind === "word" && !second.quoted) {
      const pair = fieldByName(`${first.text} ${second.text}`);
      if (pair) {
        this.#next++;
        return pair;
      }
    }
    return fieldByName(first.text) ?? this.#fail(`unknown column "${first.text}"`, first.position);
  }

  #operator(): CompareOperator {
    const token = this.#peek();
    if (token.kind === "operator") {
      this.#next++;
      return token.text === "==" ? "=" : token.text === "<>" ? "!=" : (token.text as CompareOperator);
    }
    if (isWord(token, "not") && isWord(this.#tokens[this.#next + 1], "in")) {
      this.#next += 2;
      return "!=";
    }
    this.#takeWord("in");
    return "=";
  }

  #values(field: FilterField): LiteralRange[] {
    if (this.#peek().kind !== "(") return [this.#value(field)];
    this.#next++;
    const ranges = [this.#value(field)];
    while (this.#peek().kind === ",") {
      this.#next++;
      ranges.push(this.#value(field));
    }
    this.#take(")", 'a comma or ")"');
    return ranges;
  }

  #value(field: FilterField): LiteralRange {
    const token = this.#peek();
    if (token.kind !== "word")
      this.#fail(`expected a value for ${field.name}, found ${describe(token)}`, token.position);
    this.#next++;
    const value = parseValue(field.columns[0]!, token.text);
    return typeof value === "string" ? this.#fail(value, token.position) : value;
  }

  #peek(): FilterToken {
    return this.#tokens[this.#next]!;
  }

  #takeWord(...words: string[]): boolean {
    if (!isWord(this.#peek(), ...words)) return false;
    this.#next++;
    return true;
  }

  #take(kind: FilterToken["kind"], what: string): void {
    const token = this.#peek();
    if (token.kind !== kind) this.#fail(`expected ${what}, found ${describe(token)}`, token.position);
    this.#next++;
  }

  #fail(problem: string, position: number): never {
    throw new FilterError(problem, position, this.#text);
  }
}

function isWord(token: FilterToken | undefined, ...words: readonly string[]): boolean {
  return token?.kind === "word" && !token.quoted && words.includes(token.text.toLowerCase());
}

function describe(token: FilterToken): string {
  return token.kind === "end" ? "the end" : `"${token.text}"`;
}

/** Single values of a list become one set, ranges stay comparisons. */
function anyOf(column: ColumnName, ranges: readonly LiteralRange[]): Predicate {
  const singles: Literal[] = [];
  const terms: Predicate[] = [];
  for (const range of ranges) {
    if (range.high === undefined) singles.push(range.low);
    else terms.push({ kind: "between", column, low: range.low, high: range.high });
  }
  if (singles.length === 1) terms.unshift({ kind: "compare", column, operator: "=", value: singles[0]! });
  else if (singles.length > 1) terms.unshift({ kind: "oneOf", column, values: singles });
  return either(terms);
}

function either(terms: readonly Predicate[]): Predicate {
  return terms.length === 1 ? terms[0]! : { kind: "or", terms };
}
