import { ICMP_PORT, ICMP_TERM, NO_ICMP_TERM } from "./icmp.ts";

/** Values that a mark (a segment, a row, a bar) represents, by dimension. */
export type MarkValues = Readonly<Record<string, string | number | null>>;

/** A value as the filter language reads it: bare when it is one word, quoted otherwise. */
function literal(value: string | number): string {
  const text = String(value);
  if (/^[A-Za-z0-9_.:/+*-]+$/.test(text) && !/^(and|or|not)$/i.test(text)) return text;
  return text.includes('"') ? `'${text.replaceAll("'", "")}'` : `"${text}"`;
}

/** Whether a value stands for all of ICMP in place of a port. */
function isAllIcmp(name: string, value: string | number): boolean {
  return name.endsWith("Port") && value === ICMP_PORT;
}

/** The filter that keeps what a mark represents: `SrcAddr = 10.0.0.1 and DstPort = 443`. Null for an empty mark. */
export function keepMark(values: MarkValues): string | null {
  const terms = new Set<string>();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null) terms.add(isAllIcmp(name, value) ? ICMP_TERM : `${name} = ${literal(value)}`);
  }
  return terms.size === 0 ? null : [...terms].join(" and ");
}

/** The filter that excludes what a mark represents. Null for an empty mark. */
export function dropMark(values: MarkValues): string | null {
  const kept = Object.entries(values).filter(([, value]) => value !== null);
  if (kept.length === 1) {
    const [name, value] = kept[0] as [string, string | number];
    return isAllIcmp(name, value) ? NO_ICMP_TERM : `${name} != ${literal(value)}`;
  }
  const text = keepMark(values);
  return text === null ? null : `not (${text})`;
}

/** The filter of the mark "others": everything that the named marks do not represent. */
export function keepOthers(named: readonly MarkValues[]): string | null {
  const marks = named.filter((values) => keepMark(values) !== null);
  if (marks.length === 0) return null;
  const names = Object.keys(marks[0]!);
  if (names.length === 1) {
    const name = names[0]!;
    const values = marks.map((mark) => mark[name]!);
    const named = values.filter((value) => !isAllIcmp(name, value)).map(literal);
    const terms = [
      ...(named.length > 0 ? [`${name} not in (${named.join(", ")})`] : []),
      ...(named.length < values.length ? [NO_ICMP_TERM] : []),
    ];
    return terms.join(" and ");
  }
  return `not (${marks.map((values) => `(${keepMark(values)})`).join(" or ")})`;
}

/** Positions of the words `and` and `or` outside parentheses and quotes. */
function topLevelWords(text: string): { word: "and" | "or"; start: number; end: number }[] {
  const found: { word: "and" | "or"; start: number; end: number }[] = [];
  let depth = 0;
  for (const match of text.matchAll(/"[^"]*"?|'[^']*'?|[()]|&&|\|\||[^\s()"'&|]+/g)) {
    const token = match[0].toLowerCase();
    if (token === "(") depth++;
    else if (token === ")") depth--;
    else if (depth === 0) {
      const word = token === "&&" ? "and" : token === "||" ? "or" : token;
      if (word === "and" || word === "or") found.push({ word, start: match.index, end: match.index + token.length });
    }
  }
  return found;
}

/** The terms a filter is the conjunction of, as texts: the chips. A filter with `or` on top is one term. */
export function conjuncts(filter: string): string[] {
  const text = filter.trim();
  if (text === "") return [];
  const words = topLevelWords(text);
  if (words.some(({ word }) => word === "or")) return [text];
  const terms: string[] = [];
  let from = 0;
  for (const { start, end } of words) {
    terms.push(text.slice(from, start).trim());
    from = end;
  }
  terms.push(text.slice(from).trim());
  return terms.filter((term) => term !== "");
}

/** `filter` narrowed by `term`; terms it already has are not repeated. */
export function addTerm(filter: string, term: string): string {
  const terms = conjuncts(filter);
  const only = terms[0];
  if (terms.length === 1 && only !== undefined && topLevelWords(only).length > 0) terms[0] = `(${only})`;
  const added = topLevelWords(term).some(({ word }) => word === "or") ? [`(${term})`] : conjuncts(term);
  for (const one of added) if (!terms.includes(one)) terms.push(one);
  return terms.join(" and ");
}

/** `filter` without one of its terms. */
export function removeTerm(filter: string, term: string): string {
  return conjuncts(filter)
    .filter((one) => one !== term)
    .join(" and ");
}
