import { MAX_STEPS, MAX_TEXT, ShellLimit } from "./limits.ts";

/** What one place of a pattern takes: any text, or one character. */
type Token = "*" | ((char: string) => boolean);

/** A shell pattern: `*`, `?` and `[…]`; everything else stands for itself. */
function tokens(pattern: string): Token[] {
  const result: Token[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    const set = char === "[" ? /^\[([!^]?)(\]?(?:\[:\w+:\]|[^\]])*)\]/.exec(pattern.slice(i)) : null;
    if (set !== null) {
      result.push(oneOf(set[1] !== "", set[2]!));
      i += set[0].length - 1;
    } else if (char === "*") result.push("*");
    else if (char === "?") result.push(() => true);
    else {
      const itself = char === "\\" && i + 1 < pattern.length ? pattern[++i]! : char;
      result.push((other) => other === itself);
    }
  }
  return result;
}

/** A bracket expression. One that is none, as `[z-a]`, matches nothing. */
function oneOf(negated: boolean, set: string): Token {
  try {
    const expression = new RegExp(`^[${negated ? "^" : ""}${classes(set)}]$`);
    return (char) => expression.test(char);
  } catch {
    return () => false;
  }
}

/**
 * Where matches of a pattern end that begin at `from`: the shortest, the longest, or -1. All places of the pattern that
 * the text can have come to are followed side by side, so that the time is the product of the two lengths at most.
 */
class Matcher {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #steps = 0;

  constructor(pattern: readonly Token[], text: string) {
    this.#tokens = pattern;
    this.#text = text;
  }

  end(from: number, longest: boolean): number {
    let found = -1;
    let places = this.#after(new Set([0]));
    for (let at = from; ; at++) {
      if (places.has(this.#tokens.length)) {
        found = at;
        if (!longest) return found;
      }
      this.#steps += places.size;
      if (this.#steps > MAX_STEPS) throw new ShellLimit("a pattern takes too long");
      const char = this.#text[at];
      if (char === undefined || places.size === 0) return found;
      const next = new Set<number>();
      for (const place of places) {
        const token = this.#tokens[place];
        if (token === "*") next.add(place);
        else if (token?.(char) === true) next.add(place + 1);
      }
      places = this.#after(next);
    }
  }

  /** Adds the places behind each `*`, which may take nothing. */
  #after(places: Set<number>): Set<number> {
    // A set also gives what is added while it is read.
    for (const place of places) if (this.#tokens[place] === "*") places.add(place + 1);
    return places;
  }
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

/** Whether a text matches a shell pattern as a whole. */
export function matchesPattern(text: string, pattern: string): boolean {
  return new Matcher(tokens(pattern), text).end(0, true) === text.length;
}

/** A text without the part that matches: `${x#p}`, `${x##p}`, `${x%p}`, `${x%%p}`. */
export function removed(text: string, operator: "#" | "##" | "%" | "%%", pattern: string): string {
  const longest = operator.length === 2;
  if (operator.startsWith("#")) {
    const end = new Matcher(tokens(pattern), text).end(0, longest);
    return end < 0 ? text : text.slice(end);
  }
  const length = suffix(text, pattern, longest);
  return length < 0 ? text : text.slice(0, text.length - length);
}

/** Length of the end of a text that matches; -1 when none does. */
function suffix(text: string, pattern: string, longest: boolean): number {
  return new Matcher(tokens(pattern).reverse(), text.split("").reverse().join("")).end(0, longest);
}

/** A text with matches replaced: `${x/p/r}`, `${x//p/r}`, `${x/#p/r}`, `${x/%p/r}`. An empty match is none. */
export function replaced(text: string, operator: string, pattern: string, by: string): string {
  if (operator === "/%") {
    const length = suffix(text, pattern, true);
    return length < 0 ? text : text.slice(0, text.length - length) + by;
  }
  const matcher = new Matcher(tokens(pattern), text);
  let result = "";
  let at = 0;
  while (at < text.length) {
    const end = matcher.end(at, true);
    if (end > at) {
      result += by;
      at = end;
      if (result.length > MAX_TEXT) throw new ShellLimit("a text that is too long");
      if (operator !== "//") break;
    } else if (operator === "/#") break;
    else result += text[at++]!;
  }
  return result + text.slice(at);
}
