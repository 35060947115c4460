/** Operators by every spelling, in lower case. `within` is that of prefixes, `like` that of patterns. */
export const OPERATORS = {
  "=": "=",
  "==": "=",
  eq: "=",
  in: "=",
  "!=": "!=",
  "<>": "!=",
  ne: "!=",
  notin: "!=",
  "<": "<",
  lt: "<",
  "<=": "<=",
  le: "<=",
  ">": ">",
  gt: ">",
  ">=": ">=",
  ge: ">=",
  "<<": "within",
  "!<<": "not within",
  "~": "like",
  "!~": "not like",
  like: "like",
  ilike: "like",
  unlike: "not like",
  iunlike: "not like",
  notlike: "not like",
  has: "has",
} as const;
export type Operator = (typeof OPERATORS)[keyof typeof OPERATORS] | "none";

/** What a filter may have between a column and its values; `not in` too. */
export const FILTER_OPERATORS: readonly string[] = Object.keys(OPERATORS);

/** An operator that is not negated; `none` when only a value follows the column. */
export type PlainOperator = Exclude<Operator, `not ${string}` | "!=">;

const NEGATED: Readonly<Record<Exclude<Operator, PlainOperator>, PlainOperator>> = {
  "!=": "=",
  "not within": "within",
  "not like": "like",
};

/** Splits `!=` into `not` and `=`, and so on. */
export function plainOperator(operator: Operator): { readonly operator: PlainOperator; readonly negated: boolean } {
  return operator in NEGATED
    ? { operator: NEGATED[operator as keyof typeof NEGATED], negated: true }
    : { operator: operator as PlainOperator, negated: false };
}
