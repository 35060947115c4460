import type { ArithmeticExpression } from "unbash";

/** What an expression reads and sets. Values are integers; undefined is a value that is not known. */
export interface ArithmeticScope {
  /** Value of a word: a number, a variable by its name, or an expansion. */
  readonly value: (word: string, expression: ArithmeticExpression) => Promise<number | undefined>;
  readonly assign: (name: string, value: number) => void;
}

/** A result that a number of JavaScript holds exactly; of others a shell has its own 64 bits. */
const exact = (value: number | undefined): number | undefined => (Number.isSafeInteger(value) ? value : undefined);

const BINARY: Readonly<Record<string, (a: number, b: number) => number | undefined>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0 ? undefined : Math.trunc(a / b)),
  "%": (a, b) => (b === 0 ? undefined : a % b),
  "**": (a, b) => a ** b,
  "<<": (a, b) => a * 2 ** b,
  ">>": (a, b) => Math.floor(a / 2 ** b),
  "<": (a, b) => Number(a < b),
  ">": (a, b) => Number(a > b),
  "<=": (a, b) => Number(a <= b),
  ">=": (a, b) => Number(a >= b),
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  "&": (a, b) => Number(BigInt(a) & BigInt(b)),
  "|": (a, b) => Number(BigInt(a) | BigInt(b)),
  "^": (a, b) => Number(BigInt(a) ^ BigInt(b)),
  ",": (_a, b) => b,
};

/** The value of `$(( … ))`; undefined when it depends on a value that is not known, or is none. */
export async function evaluate(expression: ArithmeticExpression, scope: ArithmeticScope): Promise<number | undefined> {
  switch (expression.type) {
    case "ArithmeticGroup":
      return evaluate(expression.expression, scope);
    case "ArithmeticWord":
      return scope.value(expression.value, expression);
    case "ArithmeticCommandExpansion":
      return scope.value(expression.text, expression);
    case "ArithmeticTernary": {
      const test = await evaluate(expression.test, scope);
      if (test === undefined) return undefined;
      return evaluate(test === 0 ? expression.alternate : expression.consequent, scope);
    }
    case "ArithmeticUnary":
      return unary(expression, scope);
    case "ArithmeticBinary":
      return binary(expression, scope);
  }
}

type Unary = Extract<ArithmeticExpression, { type: "ArithmeticUnary" }>;
type Binary = Extract<ArithmeticExpression, { type: "ArithmeticBinary" }>;

async function unary({ operator, operand, prefix }: Unary, scope: ArithmeticScope): Promise<number | undefined> {
  const value = await evaluate(operand, scope);
  if (value === undefined) return undefined;
  switch (operator) {
    case "++":
    case "--": {
      const next = operator === "++" ? value + 1 : value - 1;
      if (operand.type === "ArithmeticWord") scope.assign(operand.value, next);
      return prefix ? next : value;
    }
    case "-":
      return -value;
    case "!":
      return Number(value === 0);
    case "~":
      return -value - 1;
    default:
      return value;
  }
}

async function binary({ operator, left, right }: Binary, scope: ArithmeticScope): Promise<number | undefined> {
  const assigned = /^([^=<>!]?|<<|>>)=$/.exec(operator);
  if (assigned !== null && left.type === "ArithmeticWord") {
    const b = await evaluate(right, scope);
    const a = assigned[1] === "" ? b : await evaluate(left, scope);
    if (a === undefined || b === undefined) return undefined;
    const value = assigned[1] === "" ? b : exact(BINARY[assigned[1]!]?.(a, b));
    if (value !== undefined) scope.assign(left.value, value);
    return value;
  }
  const a = await evaluate(left, scope);
  if (operator === "&&" || operator === "||") {
    if (a === undefined) return undefined;
    if ((a !== 0) === (operator === "||")) return Number(a !== 0);
    const b = await evaluate(right, scope);
    return b === undefined ? undefined : Number(b !== 0);
  }
  const b = await evaluate(right, scope);
  return a === undefined || b === undefined ? undefined : exact(BINARY[operator]?.(a, b));
}

/**
 * A number as a shell reads it: decimal, `0x…`, or octal with a leading zero; undefined for
 * anything else, and beyond 2^53.
 */
export function shellNumber(text: string): number | undefined {
  const word = text.trim();
  if (word === "") return 0;
  if (/^[+-]?0[0-7]+$/.test(word)) return exact(Number.parseInt(word, 8));
  const [, sign, digits] = /^([+-]?)(\d+|0x[\da-f]+)$/i.exec(word) ?? [];
  return digits === undefined ? undefined : exact(sign === "-" ? -Number(digits) : Number(digits));
}
