import { isUnknown } from "./unknowns.ts";
import { shellNumber } from "./arithmetic.ts";
import { boundedExpression } from "./expressions.ts";
import { matchesPattern } from "./patterns.ts";

/** What a test asks of the machine. Undefined: only the machine knows. */
export interface TestScope {
  /** Whether a file exists; `-s` also asks for contents. */
  readonly fileExists: (path: string, operator: string) => boolean | undefined;
}

const INTEGER: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "-eq": (a, b) => a === b,
  "-ne": (a, b) => a !== b,
  "-lt": (a, b) => a < b,
  "-le": (a, b) => a <= b,
  "-gt": (a, b) => a > b,
  "-ge": (a, b) => a >= b,
};

const FILE = /^-[abcdefghkLnprsStuwxzOGN]$/;

/** Whether a string test holds: `-n`, `-z` or a file operator; undefined when only the machine knows. */
export function unaryTest(operator: string, operand: string, scope: TestScope): boolean | undefined {
  if (operator === "-n" || operator === "-z") {
    const empty = isUnknown(operand) ? maybeEmpty(operand) : operand === "";
    return empty === undefined ? undefined : empty === (operator === "-z");
  }
  if (operator === "-t") return false;
  return isUnknown(operand) ? undefined : scope.fileExists(operand, operator);
}

/** A text with a known part beside the values that are not known is not empty. */
function maybeEmpty(text: string): false | undefined {
  return text.replaceAll(/\uE000\d+\uE001/g, "") === "" ? undefined : false;
}

/** Whether a comparison holds; undefined when a side is not known. @param pattern whether `==` takes a pattern. */
export function binaryTest(left: string, operator: string, right: string, pattern: boolean): boolean | undefined {
  if (isUnknown(left) || isUnknown(right)) return left === right && operator !== "!=" ? true : undefined;
  const integer = INTEGER[operator];
  if (integer !== undefined) {
    const [a, b] = [shellNumber(left), shellNumber(right)];
    return a !== undefined && b !== undefined && integer(a, b);
  }
  const equal = (): boolean => (pattern ? matchesPattern(left, right) : left === right);
  switch (operator) {
    case "=":
    case "==":
      return equal();
    case "!=":
      return !equal();
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "=~":
      return matchesExpression(left, right);
    default:
      return undefined;
  }
}

function matchesExpression(text: string, expression: string): boolean | undefined {
  return boundedExpression(expression, "", text.length)?.test(text);
}

/** The words of `[ … ]` or `test …` as a condition; undefined when only the machine knows whether it holds. */
export function testWords(words: readonly string[], scope: TestScope): boolean | undefined {
  const parser = new TestParser(words, scope);
  return parser.whole();
}

class TestParser {
  readonly #words: readonly string[];
  readonly #scope: TestScope;
  #at = 0;

  constructor(words: readonly string[], scope: TestScope) {
    this.#words = words;
    this.#scope = scope;
  }

  whole(): boolean | undefined {
    if (this.#words.length === 0) return false;
    const result = this.#either();
    return this.#at < this.#words.length ? undefined : result;
  }

  #either(): boolean | undefined {
    let result = this.#both();
    while (this.#take("-o")) result = or(result, this.#both());
    return result;
  }

  #both(): boolean | undefined {
    let result = this.#primary();
    while (this.#take("-a")) result = and(result, this.#primary());
    return result;
  }

  #primary(): boolean | undefined {
    const left = this.#words.length - this.#at;
    const [first = "", second = "", third = ""] = this.#words.slice(this.#at);
    // POSIX decides by the number of words: with three, an operator in the middle comes first.
    if (left >= 3 && isBinary(second)) {
      this.#at += 3;
      return binaryTest(first, second, third, false);
    }
    if (first === "!" && left > 1) {
      this.#at++;
      const value = this.#primary();
      return value === undefined ? undefined : !value;
    }
    if (first === "(" && left > 2) {
      this.#at++;
      const value = this.#either();
      return this.#take(")") ? value : undefined;
    }
    if (left >= 2 && FILE.test(first)) {
      this.#at += 2;
      return unaryTest(first, second, this.#scope);
    }
    this.#at++;
    return unaryTest("-n", first, this.#scope);
  }

  #take(word: string): boolean {
    if (this.#words[this.#at] !== word) return false;
    this.#at++;
    return true;
  }
}

function isBinary(word: string): boolean {
  return INTEGER[word] !== undefined || ["=", "==", "!=", "<", ">", "-nt", "-ot", "-ef"].includes(word);
}

export function and(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  if (a === false || b === false) return false;
  return a === undefined || b === undefined ? undefined : true;
}

export function or(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  if (a === true || b === true) return true;
  return a === undefined || b === undefined ? undefined : false;
}
