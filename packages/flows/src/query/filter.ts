import type { ColumnKind } from "../column.ts";
import { twoWordNames, type FilterField, fieldByName, filterValues, NAME_WORDS, refusalOf } from "./fields.ts";
import { namedByName, type NamedValueName } from "../names/named-value.ts";
import { type Entry, entryKey } from "./entry.ts";
import { FilterError } from "./filter-error.ts";
import { noNames, notColumn } from "./filter-hints.ts";
import { MAX_FILTER_LENGTH } from "./limits.ts";
import { type Operator, OPERATORS, plainOperator, type PlainOperator } from "./filter-operators.ts";
import { nearest } from "./nearest.ts";
import { type FilterToken, tokenizeFilter } from "./tokens.ts";
import { anyOf, both, either, isOneOf, type Join, type Values } from "./predicates.ts";
import type { CompareOperator, Literal, NameTest, Predicate } from "./tree.ts";
import { valueByName, type ValueName } from "./value-by-name.ts";
import { type FilterSets, MAX_SET_VALUES, setOf, TOO_MANY_VALUES } from "./value-set.ts";
import { parseValue, prefixOfMask, rangeOfPrefix, valuesLike } from "./values.ts";

/** Parentheses and `not` may nest this deep. */
const MAX_DEPTH = 64;
/** Most comparisons of one filter. */
const MAX_COMPARISONS = 1000;

/** Terms without a value. */
const FAMILIES: Readonly<Record<string, bigint>> = { inet: 4n, ipv4: 4n, inet6: 6n, ipv6: 6n };

/**
 * Parses the filter language (docs/reference/filter.md) into a tree. Empty text keeps everything.
 *
 * ```
 * filter     = conjunction { "or" conjunction }
 * conjunction= term { [ "and" ] term }
 * term       = "not" term | "(" filter ")" | "any" | "inet" | "inet6" | comparison
 * comparison = field [ operator ] ( value | list | column | "@" file )
 *            | "Extra." NAME [ operator ( value | list ) ]
 *            | name [ operator ] ( value | list )
 * list       = ( "(" | "[" ) value { [ "," ] value } ( ")" | "]" )
 * ```
 *
 * @throws FilterError with the position of the first thing that does not fit.
 */
export function parseFilter(text: string, sets: FilterSets = {}): Predicate {
  if (text.length > MAX_FILTER_LENGTH)
    throw new FilterError(
      `longer than ${MAX_FILTER_LENGTH} characters; put long lists of values into a file: src net in @FILE`,
      MAX_FILTER_LENGTH,
      text,
    );
  return new Parser(text, sets).parse();
}

class Parser {
  readonly #text: string;
  readonly #sets: FilterSets;
  readonly #tokens: readonly FilterToken[];
  /** What to negate instead of a term: nfdump's `not flags SA` means that neither is set. */
  readonly #negated = new Map<Predicate, Predicate>();
  #next = 0;
  #depth = 0;
  #comparisons = 0;
  /** Values of files so far: one file may be named often. */
  #setValues = 0;

  constructor(text: string, sets: FilterSets) {
    this.#text = text;
    this.#sets = sets;
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
    return either(terms);
  }

  #conjunction(): Predicate {
    const terms = [this.#term()];
    for (;;) {
      const token = this.#peek();
      if (token.kind === "end" || token.kind === ")" || isWord(token, "or", "||")) break;
      this.#takeWord("and", "&&");
      terms.push(this.#term());
    }
    return both(terms);
  }

  #term(): Predicate {
    const token = this.#peek();
    if (++this.#depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH}`, token.position);
    let tree: Predicate;
    if (this.#takeWord("not", "!")) {
      const term = this.#term();
      tree = { kind: "not", term: this.#negated.get(term) ?? term };
    } else if (token.kind === "(") {
      this.#next++;
      tree = this.#alternatives();
      this.#take(")", "a closing parenthesis");
    } else {
      tree = this.#primitive(token);
    }
    this.#depth--;
    return tree;
  }

  #primitive(token: FilterToken): Predicate {
    if (++this.#comparisons > MAX_COMPARISONS)
      this.#fail(`more than ${MAX_COMPARISONS} comparisons; use a list: port in [80 443]`, token.position);
    if (this.#takeWord("any")) return { kind: "all" };
    const family = isWord(token, ...Object.keys(FAMILIES)) ? FAMILIES[token.text.toLowerCase()] : undefined;
    if (family === undefined) return this.#comparison();
    this.#next++;
    return { kind: "compare", column: "IpVersion", operator: "=", value: { kind: "uint", value: family } };
  }

  #comparison(): Predicate {
    const first = this.#peek();
    const key = first.kind === "word" && !first.quoted ? entryKey(first.text) : undefined;
    if (key !== undefined) {
      this.#next++;
      return this.#entry(key);
    }
    const { field, join } = this.#fieldOrBoth();
    if (namedByName(field.columns[0]!) !== undefined) return this.#named(field, join);
    const { operator, negated } = this.#operator();
    const position = this.#peek().position;
    const tree = this.#compare(field, operator, join, position);
    const whole = field.protocols === undefined ? tree : both([isOneOf("Proto", field.protocols), tree]);
    return negated ? { kind: "not", term: whole } : whole;
  }

  /** What follows the name of a field of Extra: nothing, or an operator and texts. */
  #entry(key: string): Predicate {
    const next = this.#peek();
    if (next.kind === "end" || next.kind === ")" || isWord(next, "and", "&&", "or", "||")) {
      return { kind: "entry", key, test: { is: "there" } };
    }
    const { operator, negated } = this.#operator();
    const { position } = this.#peek();
    const texts: string[] = [];
    this.#list(() => texts.push(this.#word(`Extra.${key}`).text));
    let entry: Entry;
    if (operator === "=" || operator === "none") entry = { kind: "entry", key, test: { is: "oneOf", texts } };
    else if (operator === "<" || operator === "<=" || operator === ">" || operator === ">=") {
      const value = texts[0] === "" || texts.length > 1 ? Number.NaN : Number(texts[0]);
      if (!Number.isFinite(value)) this.#fail(`${operator} takes one number`, position);
      entry = { kind: "entry", key, test: { is: "number", operator, value } };
    } else return this.#fail(`a field of Extra takes =, !=, in, <, <=, > and >=, not ${operator}`, position);
    return negated ? { kind: "not", term: entry } : entry;
  }

  /** What follows a value that is the name of something. Texts are compared as they are, patterns in any case. */
  #named({ name, columns }: FilterField, join: Join): Predicate {
    const { operator, negated } = this.#operator();
    const { position } = this.#peek();
    const texts: string[] = [];
    if (operator === "like") texts.push(this.#word(name).text);
    else if (operator === "=" || operator === "none") this.#list(() => texts.push(this.#word(name).text));
    else return this.#fail(`a name takes =, !=, in, ~ and !~, not ${operator}`, position);
    const test: NameTest = operator === "like" ? { is: "like", pattern: texts[0]! } : { is: "oneOf", texts };
    const tree = join(columns.map((value) => ({ kind: "named", value: value as NamedValueName, test })));
    return negated ? { kind: "not", term: tree } : tree;
  }

  #compare(field: FilterField, operator: PlainOperator, join: Join, position: number): Predicate {
    const { columns } = field;
    const { kind } = valueByName(columns[0]!);
    if (operator === "none" && field.isFlagSet) return this.#flagSet(field);
    if (operator === "like") return this.#like(field, join);
    if (operator === "has") {
      if (kind === "ip" || kind === "ms") this.#fail(`has takes a column of flags, not ${field.name}`, position);
      const { value } = this.#single(field, operator);
      return join(columns.map((column) => ({ kind: "bits", column, mask: value, match: "all" })));
    }
    if (operator === "within" && kind !== "ip") this.#fail(`<< takes an address column, not ${field.name}`, position);
    const other = operator === "within" ? undefined : this.#column(field, kind);
    if (other !== undefined) {
      const compared = operator === "none" ? "=" : (operator as CompareOperator);
      if (kind === "ip" && compared !== "=") this.#fail(`addresses take =, != and in, not ${compared}`, position);
      return join(columns.map((left) => ({ kind: "columns", left, operator: compared, right: other })));
    }
    if (operator === "=" || operator === "none" || operator === "within") {
      const values = this.#values(field);
      return join(columns.map((column) => anyOf(column, values)));
    }
    if (kind === "ip") this.#fail(`an address takes =, !=, in and <<, not ${operator}`, position);
    const value = this.#single(field, operator);
    return join(columns.map((column) => ({ kind: "compare", column, operator, value })));
  }

  /** `flags SA`: a TCP flow in which all of these are set, whatever else is; a number is compared as a whole. */
  #flagSet(field: FilterField): Predicate {
    const token = this.#peek();
    const column = field.columns[0]!;
    const isNumber = token.kind === "word" && /^\d/.test(token.text);
    // nfdump's X is all flags that it knows: FIN to URG.
    const isAll = token.kind === "word" && token.text.toLowerCase() === "x";
    if (isAll) this.#next++;
    const { value } = isAll ? { value: 0x3fn } : this.#single(field, "flags");
    const tcp = isOneOf("Proto", [6]);
    if (isNumber) return both([tcp, { kind: "compare", column, operator: "=", value: { kind: "uint", value } }]);
    const tree = both([tcp, { kind: "bits", column, mask: value, match: "all" }]);
    this.#negated.set(tree, both([tcp, { kind: "bits", column, mask: value, match: "any" }]));
    return tree;
  }

  /** Values with a name that fits a pattern. */
  #like(field: FilterField, join: Join): Predicate {
    const token = this.#word(field.name);
    return join(
      field.columns.map((column) => {
        const values = valuesLike(valueByName(column), token.text);
        if (values === undefined) return this.#fail(noNames(column), token.position);
        if (values.length === 0) this.#fail(`no value of ${column} is like "${token.text}"`, token.position);
        return { kind: "oneOf", column, values };
      }),
    );
  }

  /** A field; with `src or dst` or `src and dst` before it, its two ends and how they are joined. */
  #fieldOrBoth(): { readonly field: FilterField; readonly join: Join } {
    const [first, word, second] = this.#tokens.slice(this.#next, this.#next + 3);
    const ends = ["src", "dst"];
    const isPair = isWord(first, ...ends) && isWord(word, "or", "and") && isWord(second, ...ends);
    if (!isPair || first?.text.toLowerCase() === second?.text.toLowerCase())
      return { field: this.#field(), join: either };
    this.#next += 3;
    const at = this.#peek();
    const name = at.kind === "word" && !at.quoted ? at.text : "";
    const fields = ends.map((end) => fieldByName(`${end} ${name}`));
    if (!fields[0] || !fields[1])
      return this.#fail(`expected ip, net, port, as, mac or mask, found ${describe(at)}`, at.position);
    this.#next++;
    const field = { name, columns: [...fields[0].columns, ...fields[1].columns] };
    return { field, join: word!.text.toLowerCase() === "or" ? either : both };
  }

  /** One to four words: `SrcPort`, `port`, `src port`, `in src mac`. The longest name wins. */
  #field(): FilterField {
    const first = this.#peek();
    if (first.kind !== "word" || first.quoted)
      this.#fail(`expected a column, found ${describe(first)}`, first.position);
    const words: string[] = [];
    for (const token of this.#tokens.slice(this.#next, this.#next + NAME_WORDS)) {
      if (token.kind !== "word" || token.quoted) break;
      words.push(token.text);
    }
    for (let count = words.length; count > 0; count--) {
      const name = words.slice(0, count).join(" ");
      const field = fieldByName(name);
      if (field) {
        this.#next += count;
        return field;
      }
      const reason = refusalOf(name);
      if (reason !== undefined) this.#fail(`${name}: ${reason}`, first.position);
    }
    return this.#fail(notColumn(words), first.position);
  }

  #operator(): { readonly operator: PlainOperator; readonly negated: boolean } {
    const token = this.#peek();
    let found: Operator | undefined;
    if (isWord(token, "not") && isWord(this.#tokens[this.#next + 1], "in", "like", "ilike")) {
      found = isWord(this.#tokens[this.#next + 1], "in") ? "!=" : "not like";
      this.#next += 2;
    } else if (token.kind === "operator" || (token.kind === "word" && !token.quoted)) {
      const text = token.text.toLowerCase();
      found = Object.hasOwn(OPERATORS, text) ? OPERATORS[text as keyof typeof OPERATORS] : undefined;
      if (found !== undefined) this.#next++;
    }
    return plainOperator(found ?? "none");
  }

  /** Another column of the same sort, which the next word names; undefined when it is a value. */
  #column(field: FilterField, kind: ColumnKind): ValueName | undefined {
    const token = this.#peek();
    if (token.kind !== "word" || token.quoted || kind === "map") return undefined;
    const name = filterValues().find((candidate) => candidate.toLowerCase() === token.text.toLowerCase());
    if (
      name === undefined ||
      namedByName(name) !== undefined ||
      typeof parseValue(field.columns[0]!, token.text) !== "string"
    )
      return undefined;
    if (sortOf(valueByName(name).kind) !== sortOf(kind))
      this.#fail(`${field.name} and ${name} cannot be compared: one is ${sortOf(kind)}`, token.position);
    this.#next++;
    return name;
  }

  /** One value, which is neither a list nor a range. */
  #single(field: FilterField, operator: string): Extract<Literal, { kind: "uint" }> {
    const { position } = this.#peek();
    const [value, ...more] = this.#values(field).ranges;
    if (value === undefined || more.length > 0 || value.high !== undefined || value.low.kind !== "uint")
      return this.#fail(`${operator} takes one value, not a range or a list`, position);
    return value.low;
  }

  #values(field: FilterField): Values {
    const values: Values = { ranges: [], prefixes: [] };
    this.#list(() => this.#value(field, values));
    return values;
  }

  /** One item, or a list of them. */
  #list(item: () => void): void {
    const { kind } = this.#peek();
    if (kind !== "(" && kind !== "[") return item();
    this.#next++;
    const end = kind === "(" ? ")" : "]";
    do {
      item();
      if (this.#peek().kind === ",") this.#next++;
      else if (this.#peek().kind !== end && this.#peek().kind !== "word") this.#take(end, `a comma or "${end}"`);
    } while (this.#peek().kind !== end);
    this.#next++;
  }

  #value(field: FilterField, values: Values): void {
    const token = this.#word(field.name);
    const column = field.columns[0]!;
    if (!token.quoted && token.text.startsWith("@")) {
      const name = token.text.slice(1);
      if (!Object.hasOwn(this.#sets, name))
        this.#fail(
          `the file ${name} was not read; @FILE works on the command line, or with its text in the body`,
          token.position,
        );
      const set = setOf(column, this.#sets, name);
      if (typeof set === "string") return this.#fail(`${name} ${set}`, token.position);
      this.#setValues += set.ranges.length + set.prefixes.length;
      if (this.#setValues > MAX_SET_VALUES)
        this.#fail(`${name} ${TOO_MANY_VALUES}, with those before it`, token.position);
      for (const range of set.ranges) values.ranges.push(range);
      for (const prefix of set.prefixes) values.prefixes.push(prefix);
      return;
    }
    const next = this.#peek();
    const isNet = field.name === "net" || field.name.endsWith(" net");
    if (isNet && next.kind === "word" && !token.text.includes("/") && /^\d+\.\d+\.\d+\.\d+$/.test(next.text)) {
      const prefix = prefixOfMask(token.text, next.text);
      if (!prefix) return this.#fail(`"${next.text}" is not a netmask`, next.position);
      this.#next++;
      values.ranges.push(rangeOfPrefix(prefix));
      return;
    }
    const value = parseValue(column, token.text);
    if (typeof value === "string") {
      if (isWord(token, "or", "and"))
        this.#fail(`expected a value for ${field.name}, found "${token.text}"; a list is [80 443]`, token.position);
      // `src prot 53` is more likely a name with a fault than an address with one.
      const name = token.quoted ? undefined : nearest(`${field.name} ${token.text}`, twoWordNames());
      this.#fail(name === undefined ? value : `${value}; did you mean "${name}"?`, token.position);
    }
    values.ranges.push(value);
  }

  #word(name: string): FilterToken {
    const token = this.#peek();
    if (token.kind !== "word") this.#fail(`expected a value for ${name}, found ${describe(token)}`, token.position);
    this.#next++;
    return token;
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
  return token.kind === "end" ? "the end" : `"${token.text.slice(0, 40)}"`;
}

/** Values of one sort can be compared with each other. */
function sortOf(kind: ColumnKind): string {
  if (kind === "map") return "a map";
  return kind === "ip" ? "an address" : kind === "ms" ? "a time" : "a number";
}
